//! Commitments: savings plans and reservations whose utilization or coverage falls, or that end.
//!
//! The unused part of a commitment falls as use grows, so it has no baseline of its own. Instead its daily utilization and
//! coverage are compared with those of the four weeks before.

use std::collections::BTreeMap;

use tollgate_model::incident::IncidentKind;
use tollgate_model::{Amount, Currency, Day};

use crate::stats::median;

/// The cost of a commitment on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitmentDay {
    /// The used part.
    pub used: Amount,
    /// The unused part.
    pub unused: Amount,
    /// The difference to list prices for the use that it covered, if they are known.
    pub saved: Amount,
}

/// The daily costs of one commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// `CommitmentDiscountId`.
    pub id: String,
    /// `CommitmentDiscountName`.
    pub name: Option<String>,
    /// `ProviderName`.
    pub provider: Option<String>,
    /// The currency of every amount.
    pub currency: Currency,
    /// Days with charges.
    pub days: BTreeMap<Day, CommitmentDay>,
    /// The last day that it covers, if the policy file has it, and the days of warning before it.
    pub ends: Option<(Day, u32)>,
}

/// The coverage of one provider's commitments: covered and on-demand cost of the services that any commitment covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitmentCoverage {
    /// `ProviderName`.
    pub provider: Option<String>,
    /// The currency of every amount.
    pub currency: Currency,
    /// Covered and on-demand cost by day.
    pub days: BTreeMap<Day, (Amount, Amount)>,
}

/// A finding about a commitment.
#[derive(Clone, Debug, PartialEq)]
pub struct CommitmentFinding {
    /// The kind of incident.
    pub kind: IncidentKind,
    /// The commitment's id; `None` for coverage, which concerns all commitments.
    pub commitment: Option<String>,
    /// The provider.
    pub provider: Option<String>,
    /// The currency of every amount.
    pub currency: Currency,
    /// The first day.
    pub start: Day,
    /// The last day that was judged.
    pub last: Day,
    /// The daily amount before: unused, on-demand, or saved until the end.
    pub before: Amount,
    /// The daily amount now.
    pub now: Amount,
    /// A description: `utilization fell from 97 % to 71 %`.
    pub what: String,
}

/// The least fall of a share that is reported.
const FALL: f64 = 0.10;
/// Consecutive low days before a fall is reported: a weekend is no fall.
const LOW_DAYS: usize = 5;
/// Days after which a low share is the new baseline.
const NEW_BASELINE: usize = 42;
/// Days before a fall that it is compared with.
const BEFORE: i32 = 28;
/// Complete days without charges after which a commitment has ended.
const SILENT: i32 = 3;

/// Judges commitments and coverage on the day through which charges are complete. `least` is the least daily change.
pub fn judge_commitments(
    commitments: &[Commitment],
    coverage: &[CommitmentCoverage],
    through: Day,
    least: Amount,
) -> Vec<CommitmentFinding> {
    let mut out = Vec::new();
    for commitment in commitments {
        out.extend(find_end(commitment, through));
        let shares: BTreeMap<Day, f64> =
            commitment.days.iter().filter_map(|(day, d)| Some((*day, share(d.used, d.unused)?))).collect();
        let unused = |from: Day, to: Day| daily_mean(commitment.days.range(from..to).map(|(_, d)| d.unused));
        if let Some(fall) = find_fall(&shares, through) {
            let (before, now) = (unused(fall.start.plus(-BEFORE), fall.start), unused(fall.start, through.plus(1)));
            if now.saturating_sub(before) >= least {
                out.push(CommitmentFinding {
                    kind: IncidentKind::CommitmentUnused,
                    commitment: Some(commitment.id.clone()),
                    provider: commitment.provider.clone(),
                    currency: commitment.currency,
                    start: fall.start,
                    last: through,
                    before,
                    now,
                    what: format!("utilization fell from {} to {}", percent(fall.before), percent(fall.now)),
                });
            }
        }
    }
    for of in coverage {
        let shares: BTreeMap<Day, f64> =
            of.days.iter().filter_map(|(day, (covered, rest))| Some((*day, share(*covered, *rest)?))).collect();
        let on_demand = |from: Day, to: Day| daily_mean(of.days.range(from..to).map(|(_, d)| d.1));
        if let Some(fall) = find_fall(&shares, through) {
            let (before, now) =
                (on_demand(fall.start.plus(-BEFORE), fall.start), on_demand(fall.start, through.plus(1)));
            if now.saturating_sub(before) >= least {
                out.push(CommitmentFinding {
                    kind: IncidentKind::CoverageFell,
                    commitment: None,
                    provider: of.provider.clone(),
                    currency: of.currency,
                    start: fall.start,
                    last: through,
                    before,
                    now,
                    what: format!("coverage fell from {} to {}", percent(fall.before), percent(fall.now)),
                });
            }
        }
    }
    out
}

fn find_end(commitment: &Commitment, through: Day) -> Option<CommitmentFinding> {
    let last = *commitment.days.keys().next_back()?;
    let saved = daily_mean(commitment.days.range(last.plus(-BEFORE)..=last).map(|(_, d)| d.saved));
    let found = |start: Day, what: String| CommitmentFinding {
        kind: IncidentKind::CommitmentEnds,
        commitment: Some(commitment.id.clone()),
        provider: commitment.provider.clone(),
        currency: commitment.currency,
        start,
        last: through.max(start),
        before: Amount::ZERO,
        now: saved,
        what,
    };
    match commitment.ends {
        Some((ends, warn)) => {
            let first = ends.plus(-i32::try_from(warn).unwrap_or(0));
            let keep = i32::try_from(NEW_BASELINE).unwrap_or(0);
            let near = first <= through && through <= ends.plus(keep);
            near.then(|| {
                found(first, if through > ends { format!("it ended on {ends}") } else { format!("it ends on {ends}") })
            })
        }
        None => {
            let silent = through - last;
            let keep = i32::try_from(NEW_BASELINE).unwrap_or(0);
            (SILENT <= silent && silent <= keep)
                .then(|| found(last.plus(1), format!("it has no charges after {last}: it has ended")))
        }
    }
}

struct Fall {
    start: Day,
    before: f64,
    now: f64,
}

/// Finds a fall: a share that is low on its last days, compared with the four weeks before them.
fn find_fall(shares: &BTreeMap<Day, f64>, through: Day) -> Option<Fall> {
    let usual = |before: Day| {
        let days: Vec<f64> = shares.range(before.plus(-BEFORE)..before).map(|(_, share)| *share).collect();
        (days.len() >= 14).then(|| median(&days))
    };
    // The run of low days that ends now: every day is compared with the median before the run.
    for length in LOW_DAYS..=NEW_BASELINE {
        let start = through.plus(1 - i32::try_from(length).unwrap_or(0));
        let before = usual(start)?;
        let run: Vec<f64> = shares.range(start..=through).map(|(_, share)| *share).collect();
        if run.len() < length || run.iter().any(|share| *share > before - FALL) {
            continue;
        }
        let day_before_was_low = shares.get(&start.plus(-1)).is_some_and(|share| *share <= before - FALL);
        if !day_before_was_low {
            return Some(Fall { start, before, now: median(&run) });
        }
    }
    None
}

fn share(part: Amount, rest: Amount) -> Option<f64> {
    let whole = part.saturating_add(rest).to_f64();
    (whole > 0.0).then(|| (part.to_f64() / whole).clamp(0.0, 1.0))
}

fn daily_mean(amounts: impl Iterator<Item = Amount>) -> Amount {
    let (sum, count) = amounts.fold((Amount::ZERO, 0i128), |(sum, count), a| (sum.saturating_add(a), count + 1));
    Amount::from_units(sum.units() / count.max(1)).unwrap_or_default().round(6)
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(used: impl Fn(i32) -> i64, days: i32) -> Commitment {
        let start: Day = "2026-01-01".parse().unwrap();
        let day = |i| {
            let used = used(i);
            (
                start.plus(i),
                CommitmentDay {
                    used: Amount::whole(used),
                    unused: Amount::whole(100 - used),
                    saved: Amount::whole(40),
                },
            )
        };
        Commitment {
            id: "sp-1".into(),
            name: None,
            provider: None,
            currency: Currency::USD,
            days: (0..days).map(day).collect(),
            ends: None,
        }
    }

    fn findings(commitment: Commitment, through: i32) -> Vec<(IncidentKind, String, Amount)> {
        let start: Day = "2026-01-01".parse().unwrap();
        let found = judge_commitments(&[commitment], &[], start.plus(through), Amount::whole(5));
        found.into_iter().map(|f| (f.kind, f.what, f.now)).collect()
    }

    #[test]
    fn a_fall_in_use_is_reported_once_it_is_no_weekend() {
        let falls = |through: i32| findings(plan(|i| if i >= 60 { 70 } else { 96 }, through + 1), through);
        assert_eq!(falls(62), []);
        let fell = (IncidentKind::CommitmentUnused, "utilization fell from 96 % to 70 %".to_owned(), Amount::whole(30));
        assert_eq!(falls(64), std::slice::from_ref(&fell));
        assert_eq!(falls(80), [fell]);
        // After six weeks it is the new baseline.
        assert_eq!(falls(120), []);
        assert_eq!(findings(plan(|i| if i % 7 >= 5 { 70 } else { 96 }, 90), 89), []);
    }

    #[test]
    fn an_end_is_reported_before_and_after() {
        let mut known = plan(|_| 96, 70);
        known.ends = Some(("2026-04-01".parse().unwrap(), 30));
        let kinds = |c: &Commitment, through| findings(c.clone(), through).into_iter().map(|f| f.1).collect::<Vec<_>>();
        assert!(kinds(&known, 50).is_empty());
        assert_eq!(kinds(&known, 69), ["it ends on 2026-04-01"]);
        let silent = plan(|_| 96, 60);
        assert!(kinds(&silent, 60).is_empty());
        assert_eq!(kinds(&silent, 64), ["it has no charges after 2026-03-01: it has ended"]);
    }

    #[test]
    fn a_fall_of_coverage_is_reported_for_the_provider() {
        let start: Day = "2026-01-01".parse().unwrap();
        let day = |i| (start.plus(i), (Amount::whole(80), Amount::whole(if i >= 60 { 80 } else { 20 })));
        let coverage = CommitmentCoverage {
            provider: Some("AWS".into()),
            currency: Currency::USD,
            days: (0..70).map(day).collect(),
        };
        let found = judge_commitments(&[], &[coverage], start.plus(69), Amount::whole(5));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].start, found[0].what.as_str()), (start.plus(60), "coverage fell from 80 % to 50 %"));
    }
}
