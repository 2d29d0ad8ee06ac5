//! Reconcile: compares the lake with the input, the ledger and invoices.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_ledger::CurrentPeriod;
use tollgate_model::{Amount, BillingPeriod, Currency, SourceId, StatedCost, Totals};

use crate::{PipelineError, State};

/// The amount of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Invoice {
    /// The month that it covers.
    pub period: BillingPeriod,
    /// The currency.
    pub currency: Currency,
    /// The amount.
    pub amount: Amount,
}

/// The result of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReconcileVerdict {
    /// Equal to the last digit.
    Exact,
    /// Within the tolerance.
    Within,
    /// Beyond the tolerance.
    Beyond,
}

/// One month in one currency of one source, or of all sources against an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReconcileRow {
    /// The feed; `None` for all of them together.
    pub source: Option<SourceId>,
    /// The month.
    pub period: BillingPeriod,
    /// The currency.
    pub currency: Currency,
    /// What the lake is compared with: `input`, `ledger` or `invoice`.
    pub against: &'static str,
    /// BilledCost in the lake.
    pub lake: Amount,
    /// BilledCost in the other place.
    pub other: Amount,
    /// Lake minus other.
    pub difference: Amount,
    /// The verdict.
    pub verdict: ReconcileVerdict,
}

/// All comparisons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReconcileReport {
    /// Tolerance against invoices, in percent.
    pub tolerance_percent: u32,
    /// The comparisons.
    pub rows: Vec<ReconcileRow>,
    /// The bills' own money columns, and how both costs in the lake differ from them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stated: Vec<ReconcileStated>,
}

/// A money column of the bills of a source in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReconcileStated {
    /// The source.
    pub source: SourceId,
    /// The month.
    pub period: BillingPeriod,
    /// The column and its differences.
    #[serde(flatten)]
    pub cost: StatedCost,
}

impl ReconcileReport {
    /// Whether every comparison is within its tolerance.
    pub fn is_within_tolerance(&self) -> bool {
        self.rows.iter().all(|r| r.verdict != ReconcileVerdict::Beyond)
            && self.stated.iter().all(|s| s.cost.is_explained())
    }
}

/// Compares BilledCost in the lake with its input and with the series of the ledger, which must be equal to the last digit, and with
/// invoices within a tolerance. An invoice is compared with the sum of all sources in its month and currency.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub async fn reconcile(
    state: &State,
    period: Option<BillingPeriod>,
    invoices: &[Invoice],
    tolerance_percent: u32,
) -> Result<ReconcileReport, PipelineError> {
    let periods = state.ledger.periods().await?;
    if periods.is_empty() {
        return Err(PipelineError::Empty);
    }
    let wanted = periods.iter().filter(|p| period.is_none_or(|wanted| p.revision.period == wanted));
    let sources = sum_deliveries(wanted)?;
    let (mut rows, mut stated) = (Vec::new(), Vec::new());
    let mut months: BTreeMap<(BillingPeriod, Currency), Amount> = BTreeMap::new();
    for ((source, period), sums) in sources {
        stated.extend(sums.stated.into_iter().map(|cost| ReconcileStated { source: source.clone(), period, cost }));
        for money in sums.lake.iter() {
            let month = months.entry((period, money.currency)).or_default();
            *month = month.saturating_add(money.amount);
            for (against, other) in
                [("input", sums.read.get(money.currency)), ("ledger", sums.series.get(money.currency))]
            {
                let difference = money.amount.saturating_sub(other);
                rows.push(ReconcileRow {
                    source: Some(source.clone()),
                    period,
                    currency: money.currency,
                    against,
                    lake: money.amount,
                    other,
                    difference,
                    verdict: if difference.is_zero() { ReconcileVerdict::Exact } else { ReconcileVerdict::Beyond },
                });
            }
        }
    }
    for invoice in invoices {
        let lake = months.get(&(invoice.period, invoice.currency)).copied().unwrap_or_default();
        let difference = lake.saturating_sub(invoice.amount);
        // Compared in hundredths of a percent of the invoice, without a division that could round.
        let allowed = |whole: Amount| whole.abs().units() / 100 * i128::from(tolerance_percent);
        let verdict = match () {
            () if difference.is_zero() => ReconcileVerdict::Exact,
            () if difference.abs().units() <= allowed(invoice.amount) => ReconcileVerdict::Within,
            () => ReconcileVerdict::Beyond,
        };
        rows.push(ReconcileRow {
            source: None,
            period: invoice.period,
            currency: invoice.currency,
            against: "invoice",
            lake,
            other: invoice.amount,
            difference,
            verdict,
        });
    }
    Ok(ReconcileReport { tolerance_percent, rows, stated })
}

/// BilledCost of the deliveries of one source in a month, and their own money columns.
#[derive(Default)]
struct SourceSums {
    lake: Totals,
    read: Totals,
    series: Totals,
    stated: Vec<StatedCost>,
}

/// Sums the deliveries of each source and month.
fn sum_deliveries<'a>(
    deliveries: impl Iterator<Item = &'a CurrentPeriod>,
) -> Result<BTreeMap<(SourceId, BillingPeriod), SourceSums>, PipelineError> {
    let mut out: BTreeMap<(SourceId, BillingPeriod), SourceSums> = BTreeMap::new();
    for current in deliveries {
        let sums = out.entry((current.revision.source.clone(), current.revision.period)).or_default();
        sums.lake.merge(&current.totals.billed_lake)?;
        sums.read.merge(&current.totals.billed_read)?;
        if let Some(series) = current.series_totals.get("billed") {
            sums.series.merge(series)?;
        }
        crate::ingest::stated::merge(&mut sums.stated, current.stated.clone())?;
    }
    Ok(out)
}
