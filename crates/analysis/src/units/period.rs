//! The unit cost of a period: the cost of its known days divided by their units, with an interval where days are missing.

use serde::Serialize;
use tollgate_model::business_metric::MetricCombination;
use tollgate_model::{Amount, Day, Quantity, UnitCost};

use super::UnitDay;

/// The unit cost of some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitPeriod {
    /// The first day.
    pub first_day: Day,
    /// The last day.
    pub last_day: Day,
    /// The cost of all days whose cost is known.
    pub cost: Amount,
    /// The units of the days that are counted: their sum, or their mean where figures are averages; null without any.
    pub units: Option<Quantity>,
    /// The cost of as many units as `per` says; null where it is unknown.
    pub unit_cost: Option<Amount>,
    /// Whether the unit cost is the exact quotient and no day is missing.
    pub exact: bool,
    /// The lower end of the unit cost, if the days without a figure had as many units as the most of their weekday; at most `unit_cost`.
    pub low: Option<Amount>,
    /// The upper end, if they had as few as the least; at least `unit_cost`.
    pub high: Option<Amount>,
    /// Days with a cost and a figure.
    pub known_days: usize,
    /// Days without a cost: not complete yet, or before the first charges.
    pub days_without_cost: usize,
    /// Days with a cost and without a figure.
    pub days_without_figure: usize,
    /// The cost of the days without a figure: it is in `cost`, and no unit bears it.
    pub cost_without_figure: Amount,
}

/// The periods of a unit: its days by month.
pub fn unit_periods(days: &[UnitDay], per: u64, combination: MetricCombination) -> Vec<UnitPeriod> {
    days.chunk_by(|a, b| a.day.month() == b.day.month())
        .filter_map(|month| combine_period(month, per, combination))
        .collect()
}

/// Combines days into a period; `None` without a day.
///
/// Where figures add up, the unit cost is the cost of the known days divided by their units. Where they are averages, it is the cost of
/// all days divided by the mean figure: a customer is a customer on every day.
pub fn combine_period(days: &[UnitDay], per: u64, combination: MetricCombination) -> Option<UnitPeriod> {
    let (first, last) = (days.first()?, days.last()?);
    let sum = |counts: &dyn Fn(&&UnitDay) -> bool| {
        days.iter().filter(counts).filter_map(|d| d.cost).fold(Amount::ZERO, Amount::saturating_add)
    };
    let is_known = |d: &&UnitDay| d.cost.is_some() && d.units.is_some();
    let is_missing = |d: &&UnitDay| d.cost.is_some() && d.units.is_none();
    let known: Vec<&UnitDay> = days.iter().filter(is_known).collect();
    let missing: Vec<&UnitDay> = days.iter().filter(is_missing).collect();
    let (cost, known_cost) = (sum(&|_| true), sum(&is_known));
    let units = known.iter().filter_map(|d| d.units).fold(Quantity::ZERO, Quantity::saturating_add);
    let divide = |cost: Amount, units: Quantity, count: usize| match combination {
        MetricCombination::Sum => UnitCost::of(cost, per, units),
        // The cost divided by the mean: the cost times the number of days, divided by their sum.
        MetricCombination::Average => UnitCost::of(cost, per.checked_mul(u64::try_from(count).ok()?)?, units),
    };
    let counted = if combination == MetricCombination::Sum { known_cost } else { cost };
    let quotient = if known.is_empty() { None } else { divide(counted, units, known.len()) };
    let bound = |least: bool| {
        let mut filled = missing.iter().map(|day| likely_units(day.day, &known, least));
        let filled = filled.try_fold(units, |sum, units| Some(sum.saturating_add(units?)))?;
        Some(divide(cost, filled, known.len() + missing.len())?.amount)
    };
    let (low, high) = match (quotient, missing.is_empty()) {
        // The unit cost of the known days is one of those that are possible.
        (Some(q), false) => (bound(false).map(|low| low.min(q.amount)), bound(true).map(|high| high.max(q.amount))),
        (quotient, _) => (quotient.map(|q| q.amount), quotient.map(|q| q.amount)),
    };
    let mean = || units.ratio(1, i64::try_from(known.len()).ok()?);
    let shown = if combination == MetricCombination::Sum { Some(units) } else { mean() };
    Some(UnitPeriod {
        first_day: first.day,
        last_day: last.day,
        cost,
        units: shown.filter(|_| !known.is_empty()),
        unit_cost: quotient.map(|q| q.amount),
        exact: quotient.is_some_and(|q| q.exact) && missing.is_empty(),
        low,
        high,
        known_days: known.len(),
        days_without_cost: days.iter().filter(|d| d.cost.is_none()).count(),
        days_without_figure: missing.len(),
        cost_without_figure: sum(&is_missing),
    })
}

/// The units that a day without a figure may have had: the least or the most of the known days of its weekday; of all known days where
/// its weekday has none.
fn likely_units(day: Day, known: &[&UnitDay], least: bool) -> Option<Quantity> {
    let end = |same_weekday: bool| {
        let counts = |d: &&&UnitDay| !same_weekday || d.day.weekday() == day.weekday();
        let units = known.iter().filter(counts).filter_map(|d| d.units);
        if least { units.min() } else { units.max() }
    };
    end(true).or_else(|| end(false))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::units::unit_days;
    use tollgate_model::DayRange;

    /// Days from a Thursday on, with a cost of 70 each; `None` is a missing figure.
    fn days(units: &[Option<i64>]) -> Vec<UnitDay> {
        let start: Day = "2026-10-01".parse().unwrap();
        let at = |i: usize| start.plus(crate::index(i));
        let cost: BTreeMap<Day, Amount> = (0..units.len()).map(|i| (at(i), Amount::whole(70))).collect();
        let figures = units.iter().enumerate();
        let figures = figures.filter_map(|(i, n)| Some((at(i), Quantity::whole((*n)?)))).collect();
        unit_days(DayRange { start, end: at(units.len()) }, &cost, &figures, 1)
    }

    fn shown(amount: Option<Amount>) -> String {
        amount.map_or("unknown".to_owned(), |a| a.to_string())
    }

    #[test]
    fn a_complete_period_is_exact_and_its_interval_has_no_width() {
        let period = combine_period(&days(&[Some(10), Some(4)]), 1, MetricCombination::Sum).unwrap();
        assert_eq!((shown(period.unit_cost).as_str(), period.exact), ("10", true));
        assert_eq!((period.low, period.high), (period.unit_cost, period.unit_cost));
    }

    #[test]
    fn a_missing_day_is_no_day_of_zero_units() {
        let mut units = [Some(10); 8];
        (units[0], units[7]) = (Some(14), None);
        // The eighth day is a Thursday like the first, which had 14 units.
        let period = combine_period(&days(&units), 1, MetricCombination::Sum).unwrap();
        assert_eq!(period.days_without_figure, 1);
        assert_eq!(period.cost_without_figure, Amount::whole(70));
        // 490 by 74 units, not 560 by 74.
        assert_eq!(&shown(period.unit_cost)[..6], "6.6216");
        assert_eq!(&shown(period.low)[..6], "6.3636");
        assert_eq!((period.high, period.exact), (period.unit_cost, false));
    }

    #[test]
    fn a_weekday_without_a_figure_lies_between_all_known_days() {
        let period = combine_period(&days(&[Some(7), Some(14), None]), 1, MetricCombination::Sum).unwrap();
        assert_eq!((shown(period.low).as_str(), shown(period.high).as_str()), ("6", "7.5"));
    }

    #[test]
    fn a_period_without_a_figure_is_unknown_and_keeps_its_cost() {
        let period = combine_period(&days(&[None, None]), 1, MetricCombination::Sum).unwrap();
        assert_eq!(
            (shown(period.unit_cost), shown(period.low), period.units),
            ("unknown".into(), "unknown".into(), None)
        );
        assert_eq!(period.cost, Amount::whole(140));
        assert_eq!(combine_period(&[], 1, MetricCombination::Sum), None);
    }

    #[test]
    fn a_day_without_units_bears_its_cost_in_the_period() {
        let period = combine_period(&days(&[Some(0), Some(14)]), 1, MetricCombination::Sum).unwrap();
        assert_eq!(shown(period.unit_cost), "10");
    }

    #[test]
    fn averages_divide_the_whole_cost_by_the_mean() {
        let period = combine_period(&days(&[Some(10), Some(18), None]), 1, MetricCombination::Average).unwrap();
        // 210 by 14 customers.
        assert_eq!(shown(period.unit_cost), "15");
        assert_eq!(period.units, Some(Quantity::whole(14)));
        // The third day had 10 to 18: a mean of 12.67 to 15.33.
        assert_eq!(&shown(period.low)[..6], "13.695");
        assert_eq!(&shown(period.high)[..6], "16.578");
    }

    #[test]
    fn months_are_periods() {
        let of_months = unit_periods(&days(&[Some(7); 40]), 1, MetricCombination::Sum);
        assert_eq!(of_months.iter().map(|p| p.known_days).collect::<Vec<_>>(), [31, 9]);
        assert!(of_months.iter().all(|p| p.unit_cost == Some(Amount::whole(10))));
    }
}
