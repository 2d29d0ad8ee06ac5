//! Commitments: savings plans and reservations that are used less, cover less, or end.
//!
//! The unused part of a commitment falls as use grows, so it has no habits of its own: what is watched are shares, by day,
//! beside those of the four weeks before.

use std::collections::BTreeMap;

use tollgate_model::incident::IncidentKind;
use tollgate_model::{Amount, Currency, Day};

use crate::stats::median;

/// What a commitment cost on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitmentDay {
    /// The part that covered something.
    pub used: Amount,
    /// The part that covered nothing.
    pub unused: Amount,
    /// What its use would have cost more at list prices, where they are known.
    pub saved: Amount,
}

/// One commitment, by day.
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
    /// Its days with charges.
    pub days: BTreeMap<Day, CommitmentDay>,
    /// The last day that it covers, where the policy file says it, and how many days before it is told.
    pub ends: Option<(Day, u32)>,
}

/// What commitments cover of one provider's cost: of the services that any of them covers, covered and not covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageOf {
    /// `ProviderName`.
    pub provider: Option<String>,
    /// The currency of every amount.
    pub currency: Currency,
    /// By day: covered, and at on-demand prices.
    pub days: BTreeMap<Day, (Amount, Amount)>,
}

/// Something about a commitment that people should hear.
#[derive(Clone, Debug, PartialEq)]
pub struct CommitmentFinding {
    /// Which of the three.
    pub kind: IncidentKind,
    /// The commitment's id; `None` for coverage, which is of all.
    pub commitment: Option<String>,
    /// Its provider.
    pub provider: Option<String>,
    /// The currency of every amount.
    pub currency: Currency,
    /// The first day of it.
    pub start: Day,
    /// The last day that was judged.
    pub last: Day,
    /// Money a day before, and now: unused, or at on-demand prices, or saved until its end.
    pub before: Amount,
    /// The same, now.
    pub now: Amount,
    /// For people: `utilisation fell from 97 % to 71 %`.
    pub what: String,
}

/// A share must fall by so much to be told.
const FALL: f64 = 0.10;
/// Low days in a row before it is told: a weekend is no fall.
const LOW_DAYS: usize = 5;
/// A share that has been low for so long is the habit.
const HABIT: usize = 42;
/// Days that a fall is compared with.
const BEFORE: i32 = 28;
/// A commitment without charges for so many complete days has ended.
const SILENT: i32 = 3;

/// What is to be told of commitments on the day that charges are complete through. `least` is the least change a day.
pub fn judge_commitments(
    commitments: &[Commitment],
    coverage: &[CoverageOf],
    through: Day,
    least: Amount,
) -> Vec<CommitmentFinding> {
    let mut out = Vec::new();
    for commitment in commitments {
        out.extend(ending(commitment, through));
        let shares: BTreeMap<Day, f64> =
            commitment.days.iter().filter_map(|(day, d)| Some((*day, share(d.used, d.unused)?))).collect();
        let unused = |from: Day, to: Day| a_day(commitment.days.range(from..to).map(|(_, d)| d.unused));
        if let Some(fall) = fell(&shares, through) {
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
                    what: format!("utilisation fell from {} to {}", percent(fall.before), percent(fall.now)),
                });
            }
        }
    }
    for of in coverage {
        let shares: BTreeMap<Day, f64> =
            of.days.iter().filter_map(|(day, (covered, open))| Some((*day, share(*covered, *open)?))).collect();
        let open = |from: Day, to: Day| a_day(of.days.range(from..to).map(|(_, d)| d.1));
        if let Some(fall) = fell(&shares, through) {
            let (before, now) = (open(fall.start.plus(-BEFORE), fall.start), open(fall.start, through.plus(1)));
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

fn ending(commitment: &Commitment, through: Day) -> Option<CommitmentFinding> {
    let last = *commitment.days.keys().next_back()?;
    let saved = a_day(commitment.days.range(last.plus(-BEFORE)..=last).map(|(_, d)| d.saved));
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
            let habit = i32::try_from(HABIT).unwrap_or(0);
            let near = first <= through && through <= ends.plus(habit);
            near.then(|| {
                found(first, if through > ends { format!("it ended on {ends}") } else { format!("it ends on {ends}") })
            })
        }
        None => {
            let silent = through - last;
            let habit = i32::try_from(HABIT).unwrap_or(0);
            (SILENT <= silent && silent <= habit)
                .then(|| found(last.plus(1), format!("nothing was charged for it after {last}: it has ended")))
        }
    }
}

struct Fall {
    start: Day,
    before: f64,
    now: f64,
}

/// Whether a share is low on its last days beside the four weeks before them.
fn fell(shares: &BTreeMap<Day, f64>, through: Day) -> Option<Fall> {
    let usual = |before: Day| {
        let days: Vec<f64> = shares.range(before.plus(-BEFORE)..before).map(|(_, share)| *share).collect();
        (days.len() >= 14).then(|| median(&days))
    };
    // The longest run of low days that ends now, each beside what was usual before the run.
    for length in LOW_DAYS..=HABIT {
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

fn a_day(amounts: impl Iterator<Item = Amount>) -> Amount {
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

    fn told(commitment: Commitment, through: i32) -> Vec<(IncidentKind, String, Amount)> {
        let start: Day = "2026-01-01".parse().unwrap();
        let found = judge_commitments(&[commitment], &[], start.plus(through), Amount::whole(5));
        found.into_iter().map(|f| (f.kind, f.what, f.now)).collect()
    }

    #[test]
    fn a_fall_in_use_is_told_once_it_is_no_weekend() {
        let falls = |through: i32| told(plan(|i| if i >= 60 { 70 } else { 96 }, through + 1), through);
        assert_eq!(falls(62), []);
        let fell = (IncidentKind::CommitmentUnused, "utilisation fell from 96 % to 70 %".to_owned(), Amount::whole(30));
        assert_eq!(falls(64), std::slice::from_ref(&fell));
        assert_eq!(falls(80), [fell]);
        // After six weeks it is the habit.
        assert_eq!(falls(120), []);
        assert_eq!(told(plan(|i| if i % 7 >= 5 { 70 } else { 96 }, 90), 89), []);
    }

    #[test]
    fn an_end_is_told_before_and_after() {
        let mut known = plan(|_| 96, 70);
        known.ends = Some(("2026-04-01".parse().unwrap(), 30));
        let kinds = |c: &Commitment, through| told(c.clone(), through).into_iter().map(|f| f.1).collect::<Vec<_>>();
        assert!(kinds(&known, 50).is_empty());
        assert_eq!(kinds(&known, 69), ["it ends on 2026-04-01"]);
        let silent = plan(|_| 96, 60);
        assert!(kinds(&silent, 60).is_empty());
        assert_eq!(kinds(&silent, 64), ["nothing was charged for it after 2026-03-01: it has ended"]);
    }

    #[test]
    fn less_covered_is_told_of_the_provider() {
        let start: Day = "2026-01-01".parse().unwrap();
        let day = |i| (start.plus(i), (Amount::whole(80), Amount::whole(if i >= 60 { 80 } else { 20 })));
        let coverage =
            CoverageOf { provider: Some("AWS".into()), currency: Currency::USD, days: (0..70).map(day).collect() };
        let found = judge_commitments(&[], &[coverage], start.plus(69), Amount::whole(5));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].start, found[0].what.as_str()), (start.plus(60), "coverage fell from 80 % to 50 %"));
    }
}
