//! Compare: a month in the lake against another account of the same month, by account and service.
//!
//! Verdicts are about accounts: where a whole account is within the tolerance it reconciles, however its services are called.
//! Services are what explains a gap.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tollgate_model::{
    Amount, BillingPeriod, ChargeKind, Content, Currency, Day, ReconciliationGap, SeriesKey, SourceId,
};
use tollgate_sources::CostSource;

use crate::aggregate::Aggregate;
use crate::{PipelineError, State, Verdict, parallel};

/// What another account says: daily BilledCost by the accounts that used it, services and currencies.
#[derive(Clone, Debug, Default)]
pub struct OtherLines {
    lines: BTreeMap<Place, Line>,
    /// Whose charges it has.
    billing_accounts: BTreeSet<Option<String>>,
}

/// An account, a service as it is matched, and a currency.
type Place = (Option<String>, String, Currency);

#[derive(Clone, Debug, Default)]
struct Line {
    service: Option<String>,
    days: BTreeMap<Day, Amount>,
}

/// One sum, in the lake and elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComparedRow {
    /// The sums.
    #[serde(flatten)]
    pub gap: ReconciliationGap,
    /// What they say together.
    pub verdict: Verdict,
}

/// A month, compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The month.
    pub period: BillingPeriod,
    /// What the lake is compared with.
    pub against: String,
    /// The last day that counts: later ones are still moving.
    pub through: Day,
    /// How far sums may be apart, in percent.
    pub tolerance_percent: u32,
    /// Each account.
    pub accounts: Vec<ComparedRow>,
    /// Each service of each account, the widest gap first.
    pub services: Vec<ComparedRow>,
}

impl Comparison {
    /// Whether every account is within the tolerance.
    pub fn fine(&self) -> bool {
        self.accounts.iter().all(|row| row.verdict != Verdict::Beyond)
    }

    /// The services that explain why accounts are beyond the tolerance, the widest gap first.
    pub fn gaps(&self) -> impl Iterator<Item = &ReconciliationGap> {
        let beyond = |gap: &ReconciliationGap| {
            let same = |row: &&ComparedRow| row.gap.account == gap.account && row.gap.currency == gap.currency;
            self.accounts.iter().find(same).is_some_and(|row| row.verdict == Verdict::Beyond)
        };
        self.services.iter().map(|row| &row.gap).filter(move |gap| beyond(gap) && !gap.difference().is_zero())
    }
}

impl OtherLines {
    /// Reads a source to its end: a file, or Cost Explorer's answer.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or rows are rejected: half an account of a month is none.
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
            let line = self.lines.entry(place(&key)).or_default();
            line.service.get_or_insert_with(|| service(&key).to_owned());
            for (day, cost) in days {
                let sum = line.days.entry(day).or_default();
                *sum = sum.saturating_add(cost.billed);
            }
        }
        Ok(())
    }

    /// The months that it has charges of.
    pub fn periods(&self) -> Vec<BillingPeriod> {
        let mut out: Vec<_> = self.lines.values().flat_map(|l| l.days.keys().map(|d| d.month())).collect();
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// Compares a month of the lake with what another account of it says, through a day, of one billing account
/// (`None`: those that the other has).
///
/// # Errors
///
/// When the ledger fails, or holds nothing of the month.
pub async fn compare(
    state: &State,
    billing_account: Option<&str>,
    period: BillingPeriod,
    through: Day,
    other: (&str, &OtherLines),
    tolerance_percent: u32,
) -> Result<Comparison, PipelineError> {
    let (against, other) = other;
    let periods = state.ledger.periods().await?;
    let mut sums: BTreeMap<Place, (Option<String>, Amount, Amount)> = BTreeMap::new();
    let counts = |day: &Day| day.month() == period && *day <= through;
    // Other clouds and payers are none of its business.
    let counted = |key: &SeriesKey| match billing_account {
        Some(wanted) => key.billing_account.as_deref() == Some(wanted),
        None => other.billing_accounts.contains(&key.billing_account),
    };
    let mut known = false;
    for current in periods.iter().filter(|p| p.revision.period == period) {
        for month in state.ledger.series(current).await? {
            if !counted(&month.key) {
                continue;
            }
            known = true;
            let sum = sums.entry(place(&month.key)).or_default();
            sum.0.get_or_insert_with(|| service(&month.key).to_owned());
            for (_, cost) in month.days.iter().filter(|(day, _)| counts(day)) {
                sum.1 = sum.1.saturating_add(cost.billed);
            }
        }
    }
    if !known {
        return Err(PipelineError::Empty);
    }
    for (place, line) in &other.lines {
        let sum = sums.entry(place.clone()).or_default();
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
        services.push(row(ReconciliationGap { account, service, currency, lake, other }, tolerance_percent));
    }
    services
        .sort_by_key(|r| (std::cmp::Reverse(r.gap.difference().abs()), r.gap.account.clone(), r.gap.service.clone()));
    let accounts = accounts.into_iter().map(|((account, currency), (lake, other))| {
        row(ReconciliationGap { account, service: None, currency, lake, other }, tolerance_percent)
    });
    let accounts = accounts.collect();
    Ok(Comparison { period, against: against.to_owned(), through, tolerance_percent, accounts, services })
}

/// Gaps that a message lists.
const LISTED: usize = 8;

/// Writes the message that a month does not reconcile. The same gaps through the same day are told once.
///
/// # Errors
///
/// When the ledger fails.
pub async fn tell_gaps(state: &State, source: &SourceId, comparison: &Comparison) -> Result<(), PipelineError> {
    let gaps: Vec<ReconciliationGap> = comparison.gaps().take(LISTED).cloned().collect();
    let more = comparison.gaps().skip(LISTED).count() as u64;
    let Comparison { period, against, through, .. } = comparison;
    // A month that doesn't reconcile is told of once a day at most.
    let id = format!("reconcile-{source}-{period}#{through}");
    let content =
        Content::NotReconciled { source: source.clone(), period: *period, against: against.clone(), gaps, more };
    Ok(state.ledger.put_message(&state.message(id, content)).await?)
}

/// Sums this near are the same for everybody.
const NOTHING: Amount = Amount::whole(1);

fn row(gap: ReconciliationGap, tolerance_percent: u32) -> ComparedRow {
    let difference = gap.difference().abs();
    let allowed = gap.other.abs().units() / 100 * i128::from(tolerance_percent);
    let verdict = match () {
        () if difference.is_zero() => Verdict::Exact,
        () if difference.units() <= allowed || difference < NOTHING => Verdict::Within,
        () => Verdict::Beyond,
    };
    ComparedRow { gap, verdict }
}

fn place(key: &SeriesKey) -> Place {
    (key.sub_account.clone(), matched(service(key)), key.currency)
}

/// Taxes are under one name: exports tell them by the service taxed, Cost Explorer doesn't.
fn service(key: &SeriesKey) -> &str {
    if key.kind == ChargeKind::Tax { "Tax" } else { key.service.as_deref().unwrap_or_default() }
}

/// A service's name as it is matched: AWS writes the same one as `AmazonCloudWatch`, `Amazon CloudWatch` and `CloudWatch`, and
/// Cost Explorer tells EC2's instances and the rest of it apart.
fn matched(name: &str) -> String {
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
            assert_eq!(matched(one), matched(other));
        }
        assert_ne!(matched("Amazon DynamoDB"), matched("Amazon RDS"));
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
            row(gap, 3).verdict
        };
        assert_eq!(verdict("1000", "1000"), Verdict::Exact);
        assert_eq!(verdict("1030", "1000"), Verdict::Within);
        assert_eq!(verdict("1030.01", "1000"), Verdict::Beyond);
        assert_eq!(verdict("970", "1000"), Verdict::Within);
        assert_eq!(verdict("-1031", "-1000"), Verdict::Beyond);
        assert_eq!(verdict("0.9", "0"), Verdict::Within);
        assert_eq!(verdict("2", "0"), Verdict::Beyond);
    }
}
