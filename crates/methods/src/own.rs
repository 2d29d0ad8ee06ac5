//! Tollgate's own baseline as a method: the whole history is learned point by point, and the next points are forecast.

use tollgate_analysis::{
    CalendarPosition, PointFeedback, PointForecast, SamplingInterval, SeriesBaseline, SeriesDetector, Tuning,
};

use crate::{ForecastPoint, Forecaster};

/// Tollgate's baseline.
#[derive(Clone, Copy, Debug)]
pub struct Baseline;

impl Forecaster for Baseline {
    fn forecast(
        &self,
        values: &[f64],
        interval: SamplingInterval,
        start: i64,
        horizon: usize,
    ) -> Option<Vec<ForecastPoint>> {
        let positions = positions(interval, start, values.len() + horizon);
        baseline_forecasts(values, &positions, interval, &[values.len()], horizon).pop()
    }
}

/// The positions of `count` points from `start` minutes after 1970-01-01 on.
pub(crate) fn positions(interval: SamplingInterval, start: i64, count: usize) -> Vec<CalendarPosition> {
    let step = i64::from(interval.minutes());
    (0..count).map(|i| interval.position_at(start + step * i64::try_from(i).unwrap_or(0))).collect()
}

/// The forecasts of the baseline from several origins, oldest first, in one pass over the history. Empty if a series has no value.
pub(crate) fn baseline_forecasts(
    values: &[f64],
    positions: &[CalendarPosition],
    interval: SamplingInterval,
    origins: &[usize],
    horizon: usize,
) -> Vec<Vec<ForecastPoint>> {
    let detector = SeriesDetector::new(interval, Tuning::NORMAL);
    let mut baseline = SeriesBaseline::default();
    let mut known = 0;
    let mut out = Vec::with_capacity(origins.len());
    for origin in origins {
        for (value, position) in values[known..*origin].iter().zip(&positions[known..]) {
            detector.judge_and_learn(&mut baseline, *value, *position, PointFeedback::None);
        }
        known = *origin;
        let future = &positions[known..(known + horizon).min(positions.len())];
        let ahead: Vec<ForecastPoint> = baseline.forecast_points(interval, future, 0).iter().map(point).collect();
        if !ahead.is_empty() {
            out.push(ahead);
        } else if values[..known].iter().any(|v| v.is_finite()) {
            // All known values are zero: the forecast is zero.
            out.push(vec![ForecastPoint::default(); future.len()]);
        }
    }
    out
}

fn point(forecast: &PointForecast) -> ForecastPoint {
    ForecastPoint { mean: forecast.mean, low: forecast.low, high: forecast.high }
}
