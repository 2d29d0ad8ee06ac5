//! Anomalies of a unit cost, by the detector of costs.
//!
//! Days without a unit cost are left out: they are neither judged nor learned. The values are scaled to a median of 1000, because a unit
//! may cost a millionth of a dollar, and the smallest change that matters is one of money: the difference times the units of the day.

use serde::Serialize;
use tollgate_model::{Amount, Day, Direction};

use super::UnitDay;
use crate::baseline::{PointFeedback, SeriesBaseline, SeriesDetector};
use crate::detect::Tuning;
use crate::interval::SamplingInterval;
use crate::stats::median;

/// The median of the scaled values.
const SCALED: f64 = 1_000.0;
/// Days that may lie between two days of one anomaly.
const GAP: i32 = 2;

/// Days in a row whose unit cost does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitAnomaly {
    /// Up or down.
    pub direction: Direction,
    /// The first day.
    pub first_day: Day,
    /// The last day.
    pub last_day: Day,
    /// Its days whose unit cost does not fit.
    pub days: usize,
    /// The unit cost of the day that differs most.
    pub actual: Amount,
    /// The expected unit cost of that day.
    pub expected: Amount,
    /// The usual range of that day.
    pub low: Amount,
    /// Its upper end.
    pub high: Amount,
    /// What the difference cost over all days: the cost less the expected unit cost times the units.
    pub impact: Amount,
}

/// Finds the anomalies of a unit cost, oldest first. The least impact of `tuning` is that of a day, in money.
pub fn find_unit_anomalies(days: &[UnitDay], per: u64, tuning: Tuning) -> Vec<UnitAnomaly> {
    let known: Vec<(&UnitDay, f64)> = days.iter().filter_map(|d| Some((d, d.unit_cost?.to_f64()))).collect();
    let usual = median(&known.iter().map(|(_, value)| value.abs()).filter(|v| *v > 0.0).collect::<Vec<_>>());
    if usual <= 0.0 {
        return Vec::new();
    }
    let scale = SCALED / usual;
    let detector = SeriesDetector::new(SamplingInterval::DAILY, Tuning { min_impact: Amount::ZERO, ..tuning });
    let mut baseline = SeriesBaseline::default();
    let least = tuning.min_impact.to_f64();
    let mut out: Vec<UnitAnomaly> = Vec::new();
    for (day, value) in known {
        let position = SamplingInterval::daily_positions(day.day, 1)[0];
        let found = detector.judge_and_learn(&mut baseline, value * scale, position, PointFeedback::None);
        if !found.alert || !found.expected.is_finite() {
            continue;
        }
        let expected = found.expected / scale;
        let per = if per == 0 { 1.0 } else { per as f64 };
        let impact = (value - expected) * day.units.map_or(0.0, |u| u.to_f64()) / per;
        if impact.abs() < least {
            continue;
        }
        let amount = |x: f64| Amount::from_f64(x).unwrap_or_default();
        let (low, high) = found.band().unwrap_or((found.expected, found.expected));
        let anomaly = UnitAnomaly {
            direction: if found.up { Direction::Up } else { Direction::Down },
            first_day: day.day,
            last_day: day.day,
            days: 1,
            actual: day.unit_cost.unwrap_or_default(),
            expected: amount(expected),
            low: amount(low / scale),
            high: amount(high / scale),
            impact: amount(impact).round(2),
        };
        match out.last_mut().filter(|last| last.direction == anomaly.direction && day.day - last.last_day <= GAP) {
            Some(last) => extend(last, anomaly),
            None => out.push(anomaly),
        }
    }
    out
}

/// Takes a further day into an anomaly. The day that differs most represents it.
fn extend(anomaly: &mut UnitAnomaly, day: UnitAnomaly) {
    let difference = |a: &UnitAnomaly| a.actual.saturating_sub(a.expected).abs();
    let (first, impact) = (anomaly.first_day, anomaly.impact.saturating_add(day.impact));
    let days = anomaly.days + 1;
    if difference(&day) > difference(anomaly) {
        *anomaly = UnitAnomaly { first_day: first, ..day };
    } else {
        anomaly.last_day = day.last_day;
    }
    (anomaly.impact, anomaly.days) = (impact, days);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::units::unit_days;
    use tollgate_model::{DayRange, Quantity};

    const TUNING: Tuning = Tuning { min_impact: Amount::whole(10), ..Tuning::NORMAL };

    /// Orders follow the week and the cost follows them; `cost` multiplies that of a day, and `known` says whether it has a figure.
    fn days(cost: impl Fn(i32) -> f64, known: impl Fn(i32) -> bool, size: f64) -> Vec<UnitDay> {
        let start: Day = "2026-01-01".parse().unwrap();
        let orders = |i: i32| if start.plus(i).weekday() >= 5 { 400 } else { 1000 };
        let wobble = |i: i32| 1.0 + 0.02 * f64::from((i * 37 % 11) - 5) / 5.0;
        let costs: BTreeMap<Day, Amount> = (0..150)
            .map(|i| {
                let amount = Amount::from_f64(f64::from(orders(i)) * size * cost(i) * wobble(i)).unwrap();
                (start.plus(i), amount)
            })
            .collect();
        let units = (0..150).filter(|i| known(*i)).map(|i| (start.plus(i), Quantity::whole(i64::from(orders(i)))));
        unit_days(DayRange { start, end: start.plus(150) }, &costs, &units.collect(), 1)
    }

    fn found(days: &[UnitDay]) -> Vec<(String, Direction)> {
        find_unit_anomalies(days, 1, TUNING).into_iter().map(|a| (a.first_day.to_string(), a.direction)).collect()
    }

    #[test]
    fn a_busy_day_is_no_anomaly_and_a_dear_unit_is_one() {
        assert_eq!(found(&days(|_| 1.0, |_| true, 0.5)), []);
        let dear = days(|i| if i == 100 { 1.6 } else { 1.0 }, |_| true, 0.5);
        assert_eq!(found(&dear), [("2026-04-11".to_owned(), Direction::Up)]);
        let anomaly = &find_unit_anomalies(&dear, 1, TUNING)[0];
        // 400 orders of a Saturday, 0.30 more each.
        assert!((100.0..140.0).contains(&anomaly.impact.to_f64()), "{anomaly:?}");
    }

    #[test]
    fn a_unit_that_costs_a_millionth_is_judged_as_well_unless_the_money_is_small() {
        let tiny = days(|i| if i == 100 { 1.6 } else { 1.0 }, |_| true, 0.000_001);
        assert_eq!(found(&tiny), []);
        let any = Tuning { min_impact: Amount::ZERO, ..TUNING };
        assert_eq!(find_unit_anomalies(&tiny, 1, any).len(), 1);
    }

    #[test]
    fn missing_days_are_neither_judged_nor_learned() {
        let gaps = days(|_| 1.0, |i| !(80..95).contains(&i) && i % 7 != 3, 0.5);
        assert_eq!(found(&gaps), []);
    }
}
