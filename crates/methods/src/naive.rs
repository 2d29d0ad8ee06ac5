//! Seasonal naive: repeats the last season. It is the reference that every other method must beat.

use tollgate_analysis::SamplingInterval;

use crate::{ForecastPoint, Forecaster, NINETY, filled, float, seasons};

/// Seasonal naive.
#[derive(Clone, Copy, Debug)]
pub struct SeasonalNaive;

impl Forecaster for SeasonalNaive {
    fn forecast(
        &self,
        values: &[f64],
        interval: SamplingInterval,
        _start: i64,
        horizon: usize,
    ) -> Option<Vec<ForecastPoint>> {
        let values = filled(values);
        seasonal_naive(&values, seasons(interval, values.len()).pop().unwrap_or(1), horizon)
    }
}

/// Repeats the last season of a length in points.
pub(crate) fn seasonal_naive(values: &[f64], season: usize, horizon: usize) -> Option<Vec<ForecastPoint>> {
    let last = values.len().checked_sub(season)?;
    let squares: f64 = values.iter().skip(season).zip(values).map(|(now, before)| (now - before).powi(2)).sum();
    let deviation = (squares / float(last.max(1))).sqrt();
    let ahead = (0..horizon).map(|i| {
        let mean = values[last + i % season];
        // The variance grows by the variance of one season with each season.
        let reach = NINETY * deviation * float(i / season + 1).sqrt();
        ForecastPoint { mean, low: mean - reach, high: mean + reach }
    });
    Some(ahead.collect())
}
