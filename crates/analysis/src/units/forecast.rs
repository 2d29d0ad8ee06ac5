//! The forecast of a unit cost, by the baseline of costs.

use serde::Serialize;
use tollgate_model::{Amount, Day, DayRange, ForecastDay};

use super::UnitDay;
use crate::baseline::{PointFeedback, PointForecast, SeriesBaseline, SeriesDetector};
use crate::detect::Tuning;
use crate::float;
use crate::interval::SamplingInterval;
use crate::stats::median;

/// The least history of a forecast: two of each weekday.
const LEAST_DAYS: usize = 14;
/// 90 % of a normal distribution lie within this number of deviations.
const NINETY: f64 = 1.645;
/// The median of the scaled values.
const SCALED: f64 = 1_000.0;

/// The expected unit cost of some days: the mean of its days, each with the same weight, because their units are not known yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitForecast {
    /// The days.
    pub days: DayRange,
    /// The expected unit cost.
    pub mean: Amount,
    /// The lower end of the 90 % interval.
    pub low: Amount,
    /// The upper end of the 90 % interval.
    pub high: Amount,
    /// Each day.
    pub points: Vec<ForecastDay>,
}

/// Forecasts the unit cost of days after the last known one; `None` with less than two weeks of known days.
pub fn forecast_unit_cost(days: &[UnitDay], ahead: DayRange) -> Option<UnitForecast> {
    let known: Vec<(&UnitDay, f64)> = days.iter().filter_map(|d| Some((d, d.unit_cost?.to_f64()))).collect();
    let last = known.last()?.0.day;
    let usual = median(&known.iter().map(|(_, value)| value.abs()).filter(|v| *v > 0.0).collect::<Vec<_>>());
    let skip = usize::try_from(ahead.start - last - 1).ok()?;
    if known.len() < LEAST_DAYS || usual <= 0.0 || ahead.is_empty() {
        return None;
    }
    let scale = SCALED / usual;
    let detector = SeriesDetector::new(SamplingInterval::DAILY, Tuning::NORMAL);
    let mut baseline = SeriesBaseline::default();
    for (day, value) in &known {
        let position = SamplingInterval::daily_positions(day.day, 1)[0];
        detector.judge_and_learn(&mut baseline, value * scale, position, PointFeedback::None);
    }
    let positions = SamplingInterval::daily_positions(ahead.start, usize::try_from(ahead.len()).ok()?);
    let points = baseline.forecast_points(SamplingInterval::DAILY, &positions, skip);
    if points.is_empty() {
        return None;
    }
    let count = float(points.len());
    let mean = points.iter().map(|p| p.mean).sum::<f64>() / count;
    let noise = points.iter().map(|p| p.noise * p.noise).sum::<f64>().sqrt() / count;
    let drift = points.iter().map(|p| p.drift).sum::<f64>() / count;
    let reach = NINETY * noise.hypot(drift);
    let amount = |x: f64| Amount::from_f64(x / scale);
    let low = (mean - reach).max(0.0_f64.min(mean));
    let day = |(day, point): (Day, &PointForecast)| {
        let low = point.low.max(0.0_f64.min(point.mean));
        Some(ForecastDay { day, mean: amount(point.mean)?, low: amount(low)?, high: amount(point.high)? })
    };
    let points = ahead.days().zip(&points).map(day).collect::<Option<Vec<_>>>()?;
    Some(UnitForecast { days: ahead, mean: amount(mean)?, low: amount(low)?, high: amount(mean + reach)?, points })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::units::unit_days;
    use tollgate_model::Quantity;

    fn days(count: i32) -> Vec<UnitDay> {
        let start: Day = "2026-01-01".parse().unwrap();
        let costs: BTreeMap<Day, Amount> =
            (0..count).map(|i| (start.plus(i), Amount::whole(100 + i64::from(i % 3)))).collect();
        let units = (0..count).filter(|i| i % 10 != 0).map(|i| (start.plus(i), Quantity::whole(1000))).collect();
        unit_days(DayRange { start, end: start.plus(count) }, &costs, &units, 1)
    }

    #[test]
    fn a_steady_unit_cost_is_forecast_with_its_interval() {
        let days = days(120);
        let start = days.last().unwrap().day.plus(1);
        let found = forecast_unit_cost(&days, DayRange { start, end: start.plus(30) }).unwrap();
        assert!((0.100..0.103).contains(&found.mean.to_f64()), "{found:?}");
        assert!(found.low < found.mean && found.mean < found.high, "{found:?}");
        assert_eq!(found.points.len(), 30);
    }

    #[test]
    fn too_little_history_gives_no_forecast() {
        let days = days(10);
        let start = days.last().unwrap().day.plus(1);
        assert_eq!(forecast_unit_cost(&days, DayRange { start, end: start.plus(30) }), None);
    }
}
