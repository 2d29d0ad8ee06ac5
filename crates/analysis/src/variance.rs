//! Budgets beside their history: which parts make the difference to the plan, and what the amount should be.

use std::collections::BTreeMap;

use tollgate_model::budget::{SuggestedAmount, Variance, VarianceCause};
use tollgate_model::series::Facet;
use tollgate_model::{Amount, Day, DayRange, SeriesKey};

use crate::judge::{BudgetRule, spent, whole_periods_before};
use crate::{CostCube, project};

/// Earlier periods that shares of a plan are taken from.
const SHARES_FROM: usize = 3;
/// Parts that are told; the rest is one.
const PARTS: usize = 6;

/// Which parts of the scope make the difference between what was spent on the elapsed days and the plan: each part's share of
/// the plan is its share of the periods before. Parts are services, or accounts where there is one service only. `None` without
/// a whole period to compare with.
pub(crate) fn variance(
    cube: &CostCube,
    rule: &BudgetRule<'_>,
    amount: Amount,
    period: DayRange,
    elapsed: DayRange,
) -> Option<Variance> {
    let before = whole_periods_before(cube, rule, period, SHARES_FROM);
    let history = DayRange { start: before.first()?.start, end: before.last()?.end };
    if elapsed.is_empty() {
        return None;
    }
    let facet = match parts(cube, rule, Facet::Service).len() {
        0 | 1 => Facet::SubAccount,
        _ => Facet::Service,
    };
    let planned = amount.ratio(i64::from(elapsed.len()), i64::from(period.len()))?;
    let actual = spent(cube, rule, elapsed, rule.counts).amount;
    let all_before = spent(cube, rule, history, rule.counts).amount;
    if all_before <= Amount::ZERO {
        return None;
    }
    let mut causes = Vec::new();
    for part in parts(cube, rule, facet) {
        let counts = |key: &SeriesKey| (rule.counts)(key) && key.facet(facet) == part.as_deref();
        let was = spent(cube, rule, history, &counts).amount;
        let now = spent(cube, rule, elapsed, &counts).amount;
        if was.is_zero() && now.is_zero() {
            continue;
        }
        let name = part.unwrap_or_else(|| "(not said)".to_owned());
        let what = if was.is_zero() { format!("new: {name}") } else { name };
        let planned = share(planned, was, all_before);
        causes.push(VarianceCause { what, planned, actual: now, incident: None });
    }
    causes.sort_by_key(|c| (std::cmp::Reverse(c.difference().abs()), c.what.clone()));
    let whole = causes.len() <= PARTS;
    causes.truncate(PARTS);
    let told = causes
        .iter()
        .fold((Amount::ZERO, Amount::ZERO), |(p, a), c| (p.saturating_add(c.planned), a.saturating_add(c.actual)));
    let (planned_left, actual_left) = (planned.saturating_sub(told.0), actual.saturating_sub(told.1));
    match causes.first_mut() {
        // Shares are rounded: where every part is told, the first takes what rounding left.
        Some(first) if whole && actual_left.is_zero() => first.planned = first.planned.saturating_add(planned_left),
        _ => causes.push(VarianceCause {
            what: "everything else".to_owned(),
            planned: planned_left,
            actual: actual_left,
            incident: None,
        }),
    }
    Some(Variance { planned, actual, causes })
}

/// `part / whole` of an amount, to six digits of the share.
fn share(amount: Amount, part: Amount, whole: Amount) -> Amount {
    const PARTS: i64 = 1_000_000;
    let of_million = (part.to_f64() / whole.to_f64() * PARTS as f64).round();
    #[allow(clippy::cast_possible_truncation)] // a share of a million
    amount.ratio(of_million as i64, PARTS).unwrap_or_default()
}

fn parts(cube: &CostCube, rule: &BudgetRule<'_>, facet: Facet) -> Vec<Option<String>> {
    let counted = cube.keys().filter(|key| (rule.counts)(key));
    let found: BTreeMap<Option<String>, ()> = counted.map(|key| (key.facet(facet).map(str::to_owned), ())).collect();
    found.into_keys().collect()
}

/// Periods that a recommendation is taken from.
const HISTORY: usize = 12;
/// Digits of a recommended amount.
const DIGITS: usize = 2;

/// The amount that history recommends for the next period: its forecast and a tenth, and not more than the upper end of its 90 %
/// interval; not less than the median of the last three whole periods; rounded up to two digits. `None` without a whole period.
pub(crate) fn recommend(cube: &CostCube, rule: &BudgetRule<'_>, as_of: Day) -> Option<SuggestedAmount> {
    let period = rule.calendar.around(as_of);
    let history: Vec<(Day, Amount)> = whole_periods_before(cube, rule, period, HISTORY)
        .into_iter()
        .map(|days| (days.start, spent(cube, rule, days, rule.counts).amount))
        .collect();
    let mut last: Vec<Amount> = history.iter().rev().take(3).map(|(_, amount)| *amount).collect();
    last.sort_unstable();
    let median = *last.get(last.len() / 2)?;
    let next = rule.calendar.around(period.end);
    // A forecast does not reach farther than there was history.
    let near = next.end - as_of <= as_of - history.first()?.0;
    let ahead = near.then(|| project(cube, next, rule.basis, rule.currency, rule.counts)).flatten();
    let room = ahead.and_then(|a| Some(a.mean.ratio(11, 10)?.min(a.high)));
    let (amount, how) = match room.filter(|amount| *amount > median) {
        Some(amount) => (amount, "the next period's forecast and up to a tenth, within its 90 % interval"),
        None => (median, "the median of the last whole periods"),
    };
    let how = format!("{how}, rounded up; {} whole periods are known", history.len());
    Some(SuggestedAmount { amount: rounded_up(amount), history, how })
}

fn rounded_up(amount: Amount) -> Amount {
    let whole = i64::try_from(amount.units() / Amount::whole(1).units()).unwrap_or(i64::MAX);
    let digits = whole.max(1).to_string().len();
    let step = 10i64.pow(u32::try_from(digits.saturating_sub(DIGITS)).unwrap_or(0));
    Amount::whole(whole.saturating_add(step) / step * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_rounded_up_to_two_digits() {
        let up = |n| rounded_up(Amount::whole(n)).to_string();
        assert_eq!((up(3_101), up(9), up(99_999)), ("3200".to_owned(), "10".to_owned(), "100000".to_owned()));
    }
}
