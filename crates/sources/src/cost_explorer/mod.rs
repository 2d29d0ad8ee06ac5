//! AWS Cost Explorer: daily cost by account, service and charge type, and optionally by usage type or a tag.
//!
//! A billing period is read completely: one request for the cost of all accounts, then one or more for each account. The sums of
//! the account requests must equal the first one, or none of the period is used. Each page costs USD 0.01, including throttled
//! requests, and is counted before it is sent.
//!
//! Source: AWS Billing and Cost Management API reference, `GetCostAndUsage`; AWS Cost Management user guide, "Managing your costs with
//! AWS Cost Explorer" and its pricing. Read 2026-11-21.

mod charges;
mod pages;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};

pub use aws_sdk_costexplorer::Client;
use aws_types::SdkConfig;
use aws_types::region::Region;
use tollgate_model::{Amount, BillingPeriod, Day, DayRange};

pub use charges::CostExplorerSource;
use charges::Row;
use pages::{Query, fetch_rows};

use crate::SourceError;

/// A client of Cost Explorer, which has one endpoint for all regions.
pub fn connect(config: &SdkConfig) -> Client {
    let config = config.to_builder().region(Region::new(REGION)).build();
    Client::new(&config)
}

/// The region of the Cost Explorer endpoint.
const REGION: &str = "us-east-1";

/// How Cost Explorer groups usage, in addition to account, service and charge type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UsageGrouping {
    /// No further grouping: two requests for one account.
    #[default]
    Services,
    /// By usage type: one more request for each account and charge type of usage.
    UsageTypes,
    /// By a cost allocation tag: one more request for each account and charge type of usage.
    Tag(String),
}

/// A hard limit of paid requests, shared by all accounts of a run.
#[derive(Debug)]
pub struct PaidCalls {
    limit: u32,
    spent: AtomicU32,
}

impl PaidCalls {
    /// At most `limit` requests.
    pub const fn new(limit: u32) -> Self {
        Self { limit, spent: AtomicU32::new(0) }
    }

    /// Requests sent so far.
    pub fn spent(&self) -> u32 {
        self.spent.load(Ordering::SeqCst).min(self.limit)
    }

    /// Their cost: USD 0.01 each.
    pub fn cost(&self) -> Amount {
        (0..self.spent()).fold(Amount::ZERO, |sum, _| sum.saturating_add(CALL))
    }

    /// Counts one request before it is sent.
    fn spend(&self) -> Result<(), SourceError> {
        let before = self.spent.fetch_add(1, Ordering::SeqCst);
        if before < self.limit { Ok(()) } else { Err(SourceError::PaidCalls { limit: self.limit }) }
    }
}

/// USD 0.01, the price of a request: AWS Cost Management pricing, 2026-11-21.
const CALL: Amount = CENT;

/// The largest accepted difference between an account and the sum of its parts, by day.
const TOLERANCE: Amount = CENT;

const CENT: Amount = match Amount::from_units(10i128.pow(Amount::PLACES - 2)) {
    Some(cent) => cent,
    None => Amount::ZERO,
};

/// The billing periods to read on a day: the current one; the previous one through `closes_on`, the day of the month by which it
/// is final; and those of the last `history` months that are not known yet. Newest first, so that a limit of requests
/// drops the oldest. On the first of a month that month has no complete day yet.
pub fn periods_to_read(today: Day, known: &BTreeSet<BillingPeriod>, history: u32, closes_on: i8) -> Vec<BillingPeriod> {
    let mut out = Vec::new();
    let current = today.month();
    if today.day_of_month() > 1 {
        out.push(current);
    }
    let mut period = current.previous();
    for back in 1..=history.max(1) {
        let open = back == 1 && today.day_of_month() <= closes_on;
        if open || !known.contains(&period) {
            out.push(period);
        }
        period = period.previous();
    }
    out
}

/// A request for one billing period.
#[derive(Clone, Debug)]
pub struct PeriodRequest<'a> {
    /// The billed account.
    pub billing_account: &'a str,
    /// The billing period.
    pub period: BillingPeriod,
    /// The current day: it is not complete and is left out.
    pub today: Day,
    /// The grouping of usage.
    pub split: &'a UsageGrouping,
}

/// Reads one billing period.
///
/// # Errors
///
/// When AWS refuses or does not answer, when the limit of paid requests is reached, or when accounts and their parts do not add up
/// because AWS restated the cost in between. Do not use any of the period then.
pub async fn read_period(
    client: &Client,
    reading: &PeriodRequest<'_>,
    calls: &PaidCalls,
) -> Result<CostExplorerSource, SourceError> {
    let (period, split) = (reading.period, reading.split);
    let days = DayRange { start: period.first_day(), end: period.days().end.min(reading.today) };
    let mut out = CostExplorerSource::new(reading);
    if days.is_empty() {
        return Ok(out);
    }
    let accounts = fetch_rows(client, &Query::accounts(days), calls).await?;
    let ids: BTreeSet<&str> = accounts.iter().map(|row| row.keys[0].as_str()).collect();
    for account in ids {
        let whole = || accounts.iter().filter(|row| row.keys[0] == account);
        let mut parts = fetch_rows(client, &Query::services(days, account), calls).await?;
        if *split != UsageGrouping::Services {
            split_usage(client, days, account, split, calls, &mut parts).await?;
        }
        check_sums(account, whole(), &parts)?;
        out.push(account, whole().find_map(|row| row.name.clone()), parts);
    }
    Ok(out)
}

/// Replaces the rows of usage by rows with the finer grouping.
async fn split_usage(
    client: &Client,
    days: DayRange,
    account: &str,
    split: &UsageGrouping,
    calls: &PaidCalls,
    parts: &mut Vec<Row>,
) -> Result<(), SourceError> {
    let kinds: BTreeSet<String> =
        parts.iter().map(|row| row.keys[1].clone()).filter(|kind| charges::is_usage(kind)).collect();
    for kind in kinds {
        let mut finer = fetch_rows(client, &Query::split(days, account, &kind, split), calls).await?;
        for row in &mut finer {
            let detail = std::mem::replace(&mut row.keys[1], kind.clone());
            row.keys.push(detail);
        }
        parts.retain(|row| row.keys[1] != kind);
        parts.append(&mut finer);
    }
    Ok(())
}

/// Checks that the parts of an account add up to it, by day and charge type.
fn check_sums<'r>(account: &str, whole: impl Iterator<Item = &'r Row>, parts: &[Row]) -> Result<(), SourceError> {
    let mut apart: BTreeMap<(Day, &str), [Amount; 2]> = BTreeMap::new();
    let amounts = |row: &Row| [&row.billed, &row.effective].map(|text| text.parse::<Amount>().unwrap_or_default());
    for row in whole {
        let sums = apart.entry((row.day, &row.keys[1])).or_default();
        for (sum, amount) in sums.iter_mut().zip(amounts(row)) {
            *sum = sum.saturating_add(amount);
        }
    }
    for row in parts {
        let sums = apart.entry((row.day, &row.keys[1])).or_default();
        for (sum, amount) in sums.iter_mut().zip(amounts(row)) {
            *sum = sum.saturating_sub(amount);
        }
    }
    let far = apart.into_iter().find(|(_, sums)| sums.iter().any(|sum| sum.abs() > TOLERANCE));
    far.map_or(Ok(()), |((day, record_type), [billed, effective])| {
        Err(SourceError::Inconsistent {
            what: format!(
                "account {account} on {day}, {record_type}: the total differs from the sum of its parts by {billed} unblended and \
                 {effective} amortized"
            ),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(text: &str) -> BillingPeriod {
        format!("{text}-01").parse::<Day>().unwrap().month()
    }

    #[test]
    fn the_month_before_is_read_until_it_closes_and_history_once() {
        let all = |today: &str, known: &[&str]| {
            let known = known.iter().map(|p| period(p)).collect();
            let today = today.parse().unwrap();
            periods_to_read(today, &known, 3, 10).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(all("2026-11-21", &[]), ["2026-11", "2026-10", "2026-09", "2026-08"]);
        let known = ["2026-08", "2026-09", "2026-10"];
        assert_eq!(all("2026-11-21", &known), ["2026-11"]);
        assert_eq!(all("2026-11-10", &known), ["2026-11", "2026-10"]);
        // The first day of a month has no complete day of its own.
        assert_eq!(all("2026-11-01", &known), ["2026-10"]);
    }

    #[test]
    fn a_limit_of_paid_calls_is_never_exceeded() {
        let calls = PaidCalls::new(2);
        assert!(calls.spend().is_ok() && calls.spend().is_ok());
        assert!(matches!(calls.spend(), Err(SourceError::PaidCalls { limit: 2 })));
        assert_eq!((calls.spent(), calls.cost()), (2, "0.02".parse().unwrap()));
    }
}
