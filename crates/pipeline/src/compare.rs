//! Compare: a month in the lake against another source of the same month, by account and service.
//!
//! The verdict is by account: an account within the tolerance reconciles, whatever the names of its services. Services explain a
//! gap.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tollgate_model::{
    Amount, BillingPeriod, ChargeKind, Content, Currency, Day, ReconciliationGap, SeriesKey, SourceId,
};
use tollgate_sources::CostSource;

use crate::aggregate::Aggregate;
use crate::{PipelineError, ReconcileVerdict, State, parallel};

/// Costs to compare with: daily BilledCost by account, service and currency.
#[derive(Clone, Debug, Default)]
pub struct ReferenceCosts {
    lines: BTreeMap<LineKey, Line>,
    /// The billing accounts of its charges.
    billing_accounts: BTreeSet<Option<String>>,
}

/// An account, a normalised service name and a currency.
type LineKey = (Option<String>, String, Currency);

#[derive(Clone, Debug, Default)]
struct Line {
    service: Option<String>,
    days: BTreeMap<Day, Amount>,
}

/// One sum, in the lake and in the other source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComparedRow {
    /// The sums.
    #[serde(flatten)]
    pub gap: ReconciliationGap,
    /// Whether they agree.
    pub verdict: ReconcileVerdict,
}

/// The comparison of a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The month.
    pub period: BillingPeriod,
    /// The name of the other source.
    pub against: String,
    /// The last day that counts: later days may still change.
    pub through: Day,
    /// The tolerance, in percent.
    pub tolerance_percent: u32,
    /// Each account.
    pub accounts: Vec<ComparedRow>,
    /// Each service of each account, the widest gap first.
    pub services: Vec<ComparedRow>,
}

impl Comparison {
    /// Whether every account is within the tolerance.
    pub fn is_within_tolerance(&self) -> bool {
        self.accounts.iter().all(|row| row.verdict != ReconcileVerdict::Beyond)
    }

    /// The services that explain why accounts are beyond the tolerance, the widest gap first.
    pub fn gaps(&self) -> impl Iterator<Item = &ReconciliationGap> {
        let beyond = |gap: &ReconciliationGap| {
            let same = |row: &&ComparedRow| row.gap.account == gap.account && row.gap.currency == gap.currency;
            self.accounts.iter().find(same).is_some_and(|row| row.verdict == ReconcileVerdict::Beyond)
        };
        self.services.iter().map(|row| &row.gap).filter(move |gap| beyond(gap) && !gap.difference().is_zero())
    }
}

impl ReferenceCosts {
    /// Reads a source to its end: a file, or the answer of Cost Explorer.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or rows are rejected: an incomplete month cannot be compared.
    pub fn add(&mut self, source: Box<dyn CostSource>) -> Result<(), PipelineError> {
        let mut aggregate = Aggregate::default();
        let mut rejected = 0;
        let input = source.describe();
        parallel::read_here(&input, source, |parsed| {
            rejected += parsed.rows_rejected;
            if parsed.charges.rows() > 0 {
                aggregate.add(&parsed.charges, &[])?;
            }
            Ok(())
        })?;
        if rejected > 0 {
            return Err(PipelineError::Rejected(rejected));
        }
        for (key, days) in aggregate.series {
            self.billing_accounts.insert(key.billing_account.clone());
            let line = self.lines.entry(line_key(&key)).or_default();
            line.service.get_or_insert_with(|| service_name(&key).to_owned());
            for (day, cost) in days {
                let sum = line.days.entry(day).or_default();
                *sum = sum.saturating_add(cost.billed);
            }
        }
        Ok(())
    }

    /// The months of its charges.
    pub fn periods(&self) -> Vec<BillingPeriod> {
        let mut out: Vec<_> = self.lines.values().flat_map(|l| l.days.keys().map(|d| d.month())).collect();
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// Compares a month of the lake with reference costs, through a day, for one billing account (`None`: those of the reference).
///
/// # Errors
///
/// When the ledger fails, or has no charges of the month.
pub async fn compare(
    state: &State,
    billing_account: Option<&str>,
    period: BillingPeriod,
    through: Day,
    other: (&str, &ReferenceCosts),
    tolerance_percent: u32,
) -> Result<Comparison, PipelineError> {
    let (against, other) = other;
    let periods = state.ledger.periods().await?;
    let mut sums: BTreeMap<LineKey, (Option<String>, Amount, Amount)> = BTreeMap::new();
    let counts = |day: &Day| day.month() == period && *day <= through;
    // Charges of other clouds and payers are not compared.
    let counted = |key: &SeriesKey| match billing_account {
        Some(wanted) => key.billing_account.as_deref() == Some(wanted),
        None => other.billing_accounts.contains(&key.billing_account),
    };
    let mut has_charges = false;
    for current in periods.iter().filter(|p| p.revision.period == period) {
        for month in state.ledger.series(current).await? {
            if !counted(&month.key) {
                continue;
            }
            has_charges = true;
            let sum = sums.entry(line_key(&month.key)).or_default();
            sum.0.get_or_insert_with(|| service_name(&month.key).to_owned());
            for (_, cost) in month.days.iter().filter(|(day, _)| counts(day)) {
                sum.1 = sum.1.saturating_add(cost.billed);
            }
        }
    }
    if !has_charges {
        return Err(match periods.is_empty() {
            true => PipelineError::Empty,
            false => {
                let of = billing_account.map_or(String::new(), |account| format!(" of the billing account {account}"));
                PipelineError::Refused(format!(
                    "the store holds no charges{of} in {period}, so {against} was not compared\nhint: `tollgate store info` \
                     lists the months of each source"
                ))
            }
        });
    }
    for (key, line) in &other.lines {
        let sum = sums.entry(key.clone()).or_default();
        sum.0 = sum.0.take().or_else(|| line.service.clone());
        for (_, cost) in line.days.iter().filter(|(day, _)| counts(day)) {
            sum.2 = sum.2.saturating_add(*cost);
        }
    }
    let mut accounts: BTreeMap<(Option<String>, Currency), (Amount, Amount)> = BTreeMap::new();
    let mut services = Vec::new();
    for ((account, _, currency), (service, lake, other)) in sums {
        let whole = accounts.entry((account.clone(), currency)).or_default();
        *whole = (whole.0.saturating_add(lake), whole.1.saturating_add(other));
        services.push(compared_row(ReconciliationGap { account, service, currency, lake, other }, tolerance_percent));
    }
    services
        .sort_by_key(|r| (std::cmp::Reverse(r.gap.difference().abs()), r.gap.account.clone(), r.gap.service.clone()));
    let accounts = accounts.into_iter().map(|((account, currency), (lake, other))| {
        compared_row(ReconciliationGap { account, service: None, currency, lake, other }, tolerance_percent)
    });
    let accounts = accounts.collect();
    Ok(Comparison { period, against: against.to_owned(), through, tolerance_percent, accounts, services })
}

/// Gaps that a message lists.
const LISTED: usize = 8;

/// Writes the message that a month does not reconcile: once for each last day that counts.
///
/// # Errors
///
/// When the ledger fails.
pub async fn report_gaps(state: &State, source: &SourceId, comparison: &Comparison) -> Result<(), PipelineError> {
    let gaps: Vec<ReconciliationGap> = comparison.gaps().take(LISTED).cloned().collect();
    let more = comparison.gaps().skip(LISTED).count() as u64;
    let Comparison { period, against, through, .. } = comparison;
    let id = format!("reconcile-{source}-{period}#{through}");
    let content =
        Content::NotReconciled { source: source.clone(), period: *period, against: against.clone(), gaps, more };
    Ok(state.ledger.put_message(&state.message(id, content)).await?)
}

/// A difference below this is within every tolerance.
const NEGLIGIBLE: Amount = Amount::whole(1);

fn compared_row(gap: ReconciliationGap, tolerance_percent: u32) -> ComparedRow {
    let difference = gap.difference().abs();
    let allowed = gap.other.abs().units() / 100 * i128::from(tolerance_percent);
    let verdict = match () {
        () if difference.is_zero() => ReconcileVerdict::Exact,
        () if difference.units() <= allowed || difference < NEGLIGIBLE => ReconcileVerdict::Within,
        () => ReconcileVerdict::Beyond,
    };
    ComparedRow { gap, verdict }
}

fn line_key(key: &SeriesKey) -> LineKey {
    (key.sub_account.clone(), normalised_service(service_name(key)), key.currency)
}

/// The service of a series. Taxes have one name: exports list them by the taxed service, Cost Explorer does not.
fn service_name(key: &SeriesKey) -> &str {
    if key.kind == ChargeKind::Tax { "Tax" } else { key.service.as_deref().unwrap_or_default() }
}

/// Normalises the name of a service: AWS writes the same one as `AmazonCloudWatch`, `Amazon CloudWatch` and `CloudWatch`, and Cost
/// Explorer has two names for EC2.
fn normalised_service(name: &str) -> String {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let bare = letters.strip_prefix("amazon").or_else(|| letters.strip_prefix("aws")).unwrap_or(&letters);
    match bare {
        "elasticcomputecloudcompute" | "ec2other" => "elasticcomputecloud".to_owned(),
        bare => bare.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_service_match() {
        for (one, other) in [
            ("AmazonCloudWatch", "Amazon CloudWatch"),
            ("EC2 - Other", "Amazon Elastic Compute Cloud"),
            ("Amazon Elastic Compute Cloud - Compute", "Amazon Elastic Compute Cloud"),
            ("AWS Key Management Service", "Key Management Service"),
        ] {
            assert_eq!(normalised_service(one), normalised_service(other));
        }
        assert_ne!(normalised_service("Amazon DynamoDB"), normalised_service("Amazon RDS"));
    }

    #[test]
    fn three_percent_of_the_other_is_within_and_more_is_beyond() {
        let verdict = |lake: &str, other: &str| {
            let gap = ReconciliationGap {
                account: None,
                service: None,
                currency: Currency::USD,
                lake: lake.parse().unwrap(),
                other: other.parse().unwrap(),
            };
            compared_row(gap, 3).verdict
        };
        assert_eq!(verdict("1000", "1000"), ReconcileVerdict::Exact);
        assert_eq!(verdict("1030", "1000"), ReconcileVerdict::Within);
        assert_eq!(verdict("1030.01", "1000"), ReconcileVerdict::Beyond);
        assert_eq!(verdict("970", "1000"), ReconcileVerdict::Within);
        assert_eq!(verdict("-1031", "-1000"), ReconcileVerdict::Beyond);
        assert_eq!(verdict("0.9", "0"), ReconcileVerdict::Within);
        assert_eq!(verdict("2", "0"), ReconcileVerdict::Beyond);
    }
}
