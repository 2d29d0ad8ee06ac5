//! Seasonal naive: repeats the last season. It is the reference that every other method must beat.

use tollgate_analysis::SamplingInterval;

use crate::{ForecastPoint, Forecaster, filled, seasons};

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
        let season = seasons(interval, values.len()).pop().unwrap_or(1);
        let last = values.len().checked_sub(season)?;
        let away: Vec<f64> = values.windows(season + 1).map(|w| w[season] - w[0]).collect();
        let count = u32::try_from(away.len().max(1)).ok()?;
        let deviation = (away.iter().map(|a| a * a).sum::<f64>() / f64::from(count)).sqrt();
        let ahead = (0..horizon).map(|i| {
            let mean = values[last + i % season];
            // The variance grows by the variance of one season with each season.
            let seasons = u32::try_from(i / season + 1).unwrap_or(u32::MAX);
            let reach = 1.645 * deviation * f64::from(seasons).sqrt();
            ForecastPoint { mean, low: mean - reach, high: mean + reach }
        });
        Some(ahead.collect())
    }
}
