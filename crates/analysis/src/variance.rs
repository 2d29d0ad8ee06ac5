//! Budgets compared with their history: the variance by cost driver, and a suggested amount.

use std::collections::BTreeMap;

use tollgate_model::budget::{SuggestedAmount, Variance, VarianceCause};
use tollgate_model::series::Facet;
use tollgate_model::{Amount, Day, DayRange, SeriesKey};

use crate::budget::{BudgetRule, spent, whole_periods_before};
use crate::{CostCube, forecast_sum};

/// Earlier periods that the shares of a plan come from.
const SHARES_FROM: usize = 3;
/// The most parts that are listed; the others are one part.
const PARTS: usize = 6;

/// The variance between the spend of the elapsed days and the plan, by part of the scope. Each part's share of
/// the plan is its share of the earlier periods. Parts are services, or accounts if there is only one service. `None` without
/// a complete earlier period.
pub(crate) fn budget_variance(
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
    let facet = match list_parts(cube, rule, Facet::Service).len() {
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
    for part in list_parts(cube, rule, facet) {
        let counts = |key: &SeriesKey| (rule.counts)(key) && key.facet(facet) == part.as_deref();
        let was = spent(cube, rule, history, &counts).amount;
        let now = spent(cube, rule, elapsed, &counts).amount;
        if was.is_zero() && now.is_zero() {
            continue;
        }
        let what = part.unwrap_or_else(|| "(none)".to_owned());
        let planned = share_of(planned, was, all_before);
        causes.push(VarianceCause { what, new: was.is_zero(), planned, actual: now, incident: None });
    }
    causes.sort_by_key(|c| (std::cmp::Reverse(c.difference().abs()), c.what.clone()));
    let whole = causes.len() <= PARTS;
    causes.truncate(PARTS);
    let listed = causes
        .iter()
        .fold((Amount::ZERO, Amount::ZERO), |(p, a), c| (p.saturating_add(c.planned), a.saturating_add(c.actual)));
    let (planned_left, actual_left) = (planned.saturating_sub(listed.0), actual.saturating_sub(listed.1));
    match causes.first_mut() {
        // Shares are rounded: if every part is listed, the first one takes the rounding difference.
        Some(first) if whole && actual_left.is_zero() => first.planned = first.planned.saturating_add(planned_left),
        _ => causes.push(VarianceCause {
            what: "everything else".to_owned(),
            new: false,
            planned: planned_left,
            actual: actual_left,
            incident: None,
        }),
    }
    Some(Variance { planned, actual, causes })
}

/// `part / whole` of an amount, to six digits of the share.
fn share_of(amount: Amount, part: Amount, whole: Amount) -> Amount {
    const PARTS: i64 = 1_000_000;
    let of_million = (part.to_f64() / whole.to_f64() * PARTS as f64).round();
    amount.ratio(of_million as i64, PARTS).unwrap_or_default()
}

fn list_parts(cube: &CostCube, rule: &BudgetRule<'_>, facet: Facet) -> Vec<Option<String>> {
    let counted = cube.keys().filter(|key| (rule.counts)(key));
    let found: BTreeMap<Option<String>, ()> = counted.map(|key| (key.facet(facet).map(str::to_owned), ())).collect();
    found.into_keys().collect()
}

/// The most earlier periods that a suggested amount is computed from.
const HISTORY: usize = 12;
/// Significant digits of a suggested amount.
const DIGITS: usize = 2;

/// The suggested amount for the next period: its forecast plus a tenth, at most the upper end of its 90 %
/// interval; at least the median of the last three complete periods; rounded up to two digits. `None` without a complete period.
pub(crate) fn suggest_amount(cube: &CostCube, rule: &BudgetRule<'_>, as_of: Day) -> Option<SuggestedAmount> {
    let period = rule.calendar.around(as_of);
    let history: Vec<(Day, Amount)> = whole_periods_before(cube, rule, period, HISTORY)
        .into_iter()
        .map(|days| (days.start, spent(cube, rule, days, rule.counts).amount))
        .collect();
    let mut last: Vec<Amount> = history.iter().rev().take(3).map(|(_, amount)| *amount).collect();
    last.sort_unstable();
    let median = *last.get(last.len() / 2)?;
    let next = rule.calendar.around(period.end);
    // A forecast reaches at most as far ahead as the history reaches back.
    let near = next.end - as_of <= as_of - history.first()?.0;
    let ahead = near.then(|| forecast_sum(cube, next, rule.basis, rule.currency, rule.counts)).flatten();
    let room = ahead.and_then(|a| Some(a.mean.ratio(11, 10)?.min(a.high)));
    let (amount, how) = match room.filter(|amount| *amount > median) {
        Some(amount) => (amount, "the next period's forecast plus up to a tenth, within its 90 % interval"),
        None => (median, "the median of the last complete periods"),
    };
    let how = format!("{how}, rounded up; {} complete periods are known", history.len());
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
