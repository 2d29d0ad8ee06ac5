//! The unit cost of each day.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::business_metric::{MetricCombination, MetricFigures, MetricTime, MissingFigure};
use tollgate_model::{Amount, Day, DayRange, Quantity, UnitCost};

/// One day of a unit cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitDay {
    /// The day.
    pub day: Day,
    /// Its cost; null where the day is not complete, or before the first charges.
    pub cost: Option<Amount>,
    /// Its units; null where the metric has no figure.
    pub units: Option<Quantity>,
    /// The cost of as many units as `per` says; null where it is unknown.
    pub unit_cost: Option<Amount>,
    /// Whether the unit cost is the exact quotient, or rounded to 24 decimal places.
    pub exact: bool,
    /// Why the unit cost is unknown.
    pub unknown: Option<UnknownUnitCost>,
}

/// Why a unit cost is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownUnitCost {
    /// The cost of the day is not known yet, or there are no charges of it.
    NoCost,
    /// The metric has no figure.
    NoFigure,
    /// The figure is zero or below: nothing can be divided by it.
    NoUnits,
}

/// Divides the cost of each day by its units. A day that is missing in `cost` or `units` is unknown.
pub fn unit_days(
    days: DayRange,
    cost: &BTreeMap<Day, Amount>,
    units: &BTreeMap<Day, Quantity>,
    per: u64,
) -> Vec<UnitDay> {
    let day = |day: Day| {
        let (cost, units) = (cost.get(&day).copied(), units.get(&day).copied());
        let quotient = cost.zip(units).and_then(|(cost, units)| UnitCost::of(cost, per, units));
        let unknown = match (cost, units, quotient) {
            (_, _, Some(_)) => None,
            (None, ..) => Some(UnknownUnitCost::NoCost),
            (_, None, _) => Some(UnknownUnitCost::NoFigure),
            (Some(_), Some(_), None) => Some(UnknownUnitCost::NoUnits),
        };
        UnitDay {
            day,
            cost,
            units,
            unit_cost: quotient.map(|q| q.amount),
            exact: quotient.is_some_and(|q| q.exact),
            unknown,
        }
    };
    days.days().map(day).collect()
}

/// The figure of each day and key. Hours become days: all 24 have to be known, unless a missing one is zero. Days that have no figure
/// stay out.
pub fn daily_figures(
    figures: &MetricFigures,
    combination: MetricCombination,
    missing: MissingFigure,
) -> BTreeMap<Day, BTreeMap<String, Quantity>> {
    let mut by_day: BTreeMap<Day, Vec<(MetricTime, &BTreeMap<String, Quantity>)>> = BTreeMap::new();
    for (at, of_time) in &figures.0 {
        by_day.entry(at.day()).or_default().push((*at, of_time));
    }
    let zero = missing == MissingFigure::Zero;
    let mut out: BTreeMap<Day, BTreeMap<String, Quantity>> = BTreeMap::new();
    for (day, times) in &by_day {
        let whole = zero || times.len() == 24 || matches!(times.as_slice(), [(MetricTime::Day(_), _)]);
        if whole && let Some(of_day) = combine_times(times, combination) {
            out.insert(*day, of_day);
        }
    }
    let ends = by_day.keys().next().zip(by_day.keys().next_back());
    if zero && let Some((first, last)) = ends {
        for day in (DayRange { start: *first, end: last.plus(1) }).days() {
            out.entry(day).or_default();
        }
    }
    out
}

/// The figure of a day by key; `None` where a sum leaves the range.
fn combine_times(
    times: &[(MetricTime, &BTreeMap<String, Quantity>)],
    combination: MetricCombination,
) -> Option<BTreeMap<String, Quantity>> {
    let mut sums: BTreeMap<String, Quantity> = BTreeMap::new();
    for (key, value) in times.iter().flat_map(|(_, of_time)| *of_time) {
        let sum = sums.entry(key.clone()).or_default();
        *sum = sum.checked_add(*value)?;
    }
    if combination == MetricCombination::Average {
        // A key without a figure in an hour had none of it, as others did.
        let count = i64::try_from(times.len()).ok()?;
        for sum in sums.values_mut() {
            *sum = sum.ratio(1, count)?;
        }
    }
    Some(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_unknown_for_its_own_reason() {
        let start = day("2026-10-01");
        let cost = [(0, 10), (1, 10), (2, 10), (3, 0)].map(|(i, n)| (start.plus(i), Amount::whole(n))).into();
        let units = [(0, 4), (2, 0), (3, 7), (4, 7)].map(|(i, n)| (start.plus(i), Quantity::whole(n))).into();
        let days = unit_days(DayRange { start, end: start.plus(5) }, &cost, &units, 1);
        let shown: Vec<_> = days.iter().map(|d| (d.unit_cost.map(|a| a.to_string()), d.unknown)).collect();
        assert_eq!(
            shown,
            [
                (Some("2.5".to_owned()), None),
                (None, Some(UnknownUnitCost::NoFigure)),
                (None, Some(UnknownUnitCost::NoUnits)),
                (Some("0".to_owned()), None),
                (None, Some(UnknownUnitCost::NoCost)),
            ]
        );
    }

    fn hours(count: u8) -> MetricFigures {
        let mut out = MetricFigures::default();
        for hour in 0..count {
            out.insert(MetricTime::Hour(day("2026-10-01"), hour), "", Quantity::whole(2));
        }
        out
    }

    #[test]
    fn a_day_that_lacks_an_hour_is_unknown() {
        let of = |figures: &MetricFigures, combination, missing| {
            let found = daily_figures(figures, combination, missing);
            found.get(&day("2026-10-01")).and_then(|of_day| of_day.get("")).map(|q| q.to_string())
        };
        use MetricCombination::{Average, Sum};
        assert_eq!(of(&hours(24), Sum, MissingFigure::Unknown).as_deref(), Some("48"));
        assert_eq!(of(&hours(24), Average, MissingFigure::Unknown).as_deref(), Some("2"));
        assert_eq!(of(&hours(23), Sum, MissingFigure::Unknown), None);
        assert_eq!(of(&hours(23), Sum, MissingFigure::Zero).as_deref(), Some("46"));
    }

    #[test]
    fn a_missing_day_is_zero_only_where_the_metric_says_so_and_only_between_its_figures() {
        let mut figures = MetricFigures::default();
        for text in ["2026-10-01", "2026-10-03"] {
            figures.insert(text.parse().unwrap(), "", Quantity::whole(5));
        }
        let days = |missing| daily_figures(&figures, MetricCombination::Sum, missing).into_keys().collect::<Vec<_>>();
        assert_eq!(days(MissingFigure::Unknown), [day("2026-10-01"), day("2026-10-03")]);
        assert_eq!(days(MissingFigure::Zero), [day("2026-10-01"), day("2026-10-02"), day("2026-10-03")]);
    }
}
