//! Overlap: whether two deliveries of a month hold the same charges, by their coverages.

use std::collections::BTreeSet;

use tollgate_model::coverage::DayOverlap;
use tollgate_model::hash::ContentHash;
use tollgate_model::{Coverage, Totals};

/// What two deliveries are compared by.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) hash: ContentHash,
    pub(super) rows: u64,
    pub(super) coverage: &'a Coverage,
}

/// How the charges of one delivery relate to those of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Overlap {
    /// They share no day.
    None,
    /// The same rows.
    Same,
    /// All charges of the first are in the second, up to its last days, which may have grown.
    Within,
    /// All charges of the second are in the first.
    Contains,
    /// Some days hold the same charges.
    Partly(Vec<u32>),
}

/// Days at the end of an older snapshot that a newer one may restate.
const GROWING_DAYS: usize = 3;

/// Compares the charges of two deliveries of a month.
pub(super) fn compare_charges(a: Side<'_>, b: Side<'_>) -> Overlap {
    if (a.hash, a.rows) == (b.hash, b.rows) {
        return Overlap::Same;
    }
    let days: Vec<(u32, DayOverlap)> = a.coverage.charges.overlap(&b.coverage.charges).into_iter().collect();
    let same: Vec<u32> = days
        .iter()
        .filter(|(_, d)| d.shared > 0 && d.shared * 2 >= d.ours.min(d.theirs))
        .map(|(day, _)| *day)
        .collect();
    let turned = |d: &DayOverlap| DayOverlap { ours: d.theirs, theirs: d.ours, shared: d.shared };
    let reversed: Vec<(u32, DayOverlap)> = days.iter().map(|(day, d)| (*day, turned(d))).collect();
    let held = (held_days(&days), held_days(&reversed));
    match held {
        _ if same.is_empty() => Overlap::None,
        // Of two that hold each other, the one with more rows is the newer.
        (Held::All, other) if other != Held::All || a.rows <= b.rows => Overlap::Within,
        (_, Held::All) => Overlap::Contains,
        // An older snapshot ends earlier, or has fewer rows: of two with other amounts on the same days, neither is known as the newer.
        (Held::ButGrown, _) if is_older(a, b) => Overlap::Within,
        (_, Held::ButGrown) if is_older(b, a) => Overlap::Contains,
        _ => Overlap::Partly(same),
    }
}

/// Whether a snapshot that another one holds but for its last days is the older one.
fn is_older(older: Side<'_>, newer: Side<'_>) -> bool {
    let last = |side: Side<'_>| 31 - (side.coverage.days() & !1).leading_zeros().min(31);
    (last(older), older.rows) < (last(newer), newer.rows) && last(older) <= last(newer) && older.rows <= newer.rows
}

/// How much of a delivery another one holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// Every day.
    All,
    /// Every day but the last ones, which have as many lines or more in the other.
    ButGrown,
    /// Less.
    Part,
}

fn held_days(days: &[(u32, DayOverlap)]) -> Held {
    let ours: Vec<&DayOverlap> = days.iter().filter(|(_, d)| d.ours > 0).map(|(_, d)| d).collect();
    let is_same = |d: &DayOverlap| d.shared * 10 >= d.ours * 9;
    let settled = ours.len() - ours.iter().rev().take_while(|d| !is_same(d)).count();
    let grown = &ours[settled..];
    match () {
        () if settled == 0 || !ours[..settled].iter().all(|d| is_same(d)) => Held::Part,
        () if grown.is_empty() => Held::All,
        () if grown.len() <= GROWING_DAYS && grown.iter().all(|d| d.theirs >= d.ours) => Held::ButGrown,
        () => Held::Part,
    }
}

/// The share of the first one's lines that the second has too, in percent; `None` when a side is unknown.
pub(super) fn shared_lines(a: &Coverage, b: &Coverage) -> Option<u64> {
    if a.lines.is_empty() || b.lines.is_empty() {
        return None;
    }
    let days = a.lines.overlap(&b.lines);
    let (ours, shared) = days.values().fold((0, 0), |(ours, shared), d| (ours + d.ours, shared + d.shared));
    (ours > 0).then(|| shared * 100 / ours)
}

/// The share of lines that two views of one bill have in common at least, in percent: parts of one export have none.
const VIEWED_TWICE: u64 = 30;

/// Whether one of two deliveries shows the actual and the other the amortized costs of the same lines.
pub(super) fn are_two_views(a: &Coverage, b: &Coverage) -> bool {
    let differ = matches!((a.view(), b.view()), (Some(a), Some(b)) if a != b);
    let shared = || shared_lines(a, b).max(shared_lines(b, a)).unwrap_or(0);
    differ && share_accounts(a, b) && shared() >= VIEWED_TWICE
}

/// Whether two deliveries have charges of one account, or both have charges of none.
pub(super) fn share_accounts(a: &Coverage, b: &Coverage) -> bool {
    a.accounts.keys().any(|account| b.accounts.contains_key(account))
        || (a.accounts.is_empty() && b.accounts.is_empty())
}

/// Accounts of the second that the first lacks.
pub(super) fn missing_accounts<'a>(new: &Coverage, old: &'a Coverage) -> BTreeSet<&'a str> {
    old.accounts.keys().filter(|account| !new.accounts.contains_key(*account)).map(String::as_str).collect()
}

/// Whether a sum is at most a part of another, in every currency.
pub(super) fn is_part(small: &Totals, large: &Totals, part: i128) -> bool {
    small.iter().all(|m| m.amount.abs().units().saturating_mul(part) <= large.get(m.currency).abs().units())
}

/// Whether a sum lacks more than a quarter of another, in any currency.
pub(super) fn lacks_money(new: &Totals, old: &Totals) -> bool {
    let quarters = |units: i128, by: i128| units / 4 * by;
    old.iter().any(|m| {
        let (old, new) = (m.amount.units(), new.get(m.currency).units());
        old > 0 && new < quarters(old, 3)
    })
}

/// Days of the month as text: `3, 5 to 9`.
pub(super) fn day_list(days: u32) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for day in (1..=31).filter(|day| (days >> day) & 1 == 1) {
        match runs.last_mut().filter(|(_, last)| last + 1 == day) {
            Some((_, last)) => *last = day,
            None => runs.push((day, day)),
        }
    }
    let text =
        |(first, last): &(u32, u32)| if first == last { first.to_string() } else { format!("{first} to {last}") };
    runs.iter().map(text).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use tollgate_model::{Amount, Charge, ChargeBatch, ChargeCategory, ChargePeriod, Currency, Money};

    use super::*;

    /// One charge of an amount on each day.
    fn coverage(days: std::ops::RangeInclusive<u32>, amount: impl Fn(u32) -> i64) -> (Coverage, ContentHash, u64) {
        let charges: Vec<Charge> = days
            .map(|number| {
                let day = ChargePeriod::of_day(format!("2026-10-{number:02}").parse().unwrap());
                Charge::new(ChargeCategory::Usage, Money::new(Amount::whole(amount(number)), Currency::USD), day, day)
            })
            .collect();
        let batch = ChargeBatch::from_charges(&charges);
        let mut coverage = Coverage::default();
        coverage.add(&batch, "2026-10".parse().unwrap());
        (coverage, batch.content_hash(), charges.len() as u64)
    }

    fn compared(a: &(Coverage, ContentHash, u64), b: &(Coverage, ContentHash, u64)) -> Overlap {
        let side =
            |(coverage, hash, rows): &'static (Coverage, ContentHash, u64)| Side { coverage, hash: *hash, rows: *rows };
        compare_charges(side(Box::leak(Box::new(a.clone()))), side(Box::leak(Box::new(b.clone()))))
    }

    #[test]
    fn a_month_to_date_is_within_a_later_one_even_when_its_last_days_grew() {
        let flat = |_| 10;
        let (ten, twenty) = (coverage(1..=10, flat), coverage(1..=20, flat));
        assert_eq!(compared(&ten, &twenty), Overlap::Within);
        assert_eq!(compared(&twenty, &ten), Overlap::Contains);
        assert_eq!(compared(&ten, &ten), Overlap::Same);
        let grown = coverage(1..=20, |day| if day >= 9 { 11 } else { 10 });
        assert_eq!(compared(&ten, &grown), Overlap::Within);
        let restated = coverage(1..=20, |day| if day >= 3 { 11 } else { 10 });
        assert_eq!(compared(&ten, &restated), Overlap::Partly(vec![1, 2]));
    }

    #[test]
    fn of_two_months_with_other_last_days_neither_is_known_as_the_newer() {
        let (one, other) = (coverage(1..=31, |_| 10), coverage(1..=31, |day| if day > 29 { 11 } else { 10 }));
        assert!(matches!(compared(&one, &other), Overlap::Partly(days) if days.len() == 29));
    }

    #[test]
    fn ranges_that_share_days_overlap_and_others_do_not() {
        let flat = |_| 10;
        assert_eq!(compared(&coverage(1..=16, flat), &coverage(16..=31, flat)), Overlap::Partly(vec![16]));
        assert_eq!(compared(&coverage(1..=15, flat), &coverage(16..=31, flat)), Overlap::None);
        assert_eq!(compared(&coverage(1..=15, flat), &coverage(1..=15, |_| 20)), Overlap::None);
    }

    #[test]
    fn days_are_listed_in_runs() {
        assert_eq!(day_list(0b1110_1010), "1, 3, 5 to 7");
    }
}
