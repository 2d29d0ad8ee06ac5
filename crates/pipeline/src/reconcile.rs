//! Reconcile: do the lake, the ledger and the invoice say the same?

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::{Amount, BillingPeriod, Currency, SourceId};

use crate::{PipelineError, State};

/// An invoice's amount, as somebody read it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Invoice {
    /// The month that it covers.
    pub period: BillingPeriod,
    /// The currency.
    pub currency: Currency,
    /// The amount asked for.
    pub amount: Amount,
}

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same to the last digit.
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
    /// What it is compared with: `input`, `ledger` or `invoice`.
    pub against: &'static str,
    /// BilledCost in the lake.
    pub lake: Amount,
    /// BilledCost there.
    pub other: Amount,
    /// Lake minus other.
    pub difference: Amount,
    /// What that says.
    pub verdict: Verdict,
}

/// What was compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReconcileReport {
    /// Tolerance against invoices, in percent.
    pub tolerance_percent: u32,
    /// The comparisons.
    pub rows: Vec<ReconcileRow>,
}

impl ReconcileReport {
    /// Whether every comparison is within its tolerance.
    pub fn fine(&self) -> bool {
        self.rows.iter().all(|r| r.verdict != Verdict::Beyond)
    }
}

/// Compares BilledCost in the lake with the input it came from and with the ledger's series, which must be the same to
/// the last digit, and with invoices within a tolerance. An invoice's month must be in one place only: all sources that
/// have the currency are summed.
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
    let mut rows = Vec::new();
    let mut months: BTreeMap<(BillingPeriod, Currency), Amount> = BTreeMap::new();
    for current in periods.iter().filter(|p| period.is_none_or(|wanted| p.revision.period == wanted)) {
        let none = tollgate_model::Totals::default();
        let series = current.series_totals.get("billed").unwrap_or(&none);
        for money in current.totals.billed_lake.iter() {
            let month = months.entry((current.revision.period, money.currency)).or_default();
            *month = month.saturating_add(money.amount);
            for (against, other) in
                [("input", current.totals.billed_read.get(money.currency)), ("ledger", series.get(money.currency))]
            {
                let difference = money.amount.saturating_sub(other);
                rows.push(ReconcileRow {
                    source: Some(current.revision.source.clone()),
                    period: current.revision.period,
                    currency: money.currency,
                    against,
                    lake: money.amount,
                    other,
                    difference,
                    verdict: if difference.is_zero() { Verdict::Exact } else { Verdict::Beyond },
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
            () if difference.is_zero() => Verdict::Exact,
            () if difference.abs().units() <= allowed(invoice.amount) => Verdict::Within,
            () => Verdict::Beyond,
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
    Ok(ReconcileReport { tolerance_percent, rows })
}
