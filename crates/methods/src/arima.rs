//! AutoARIMA of anofox-forecast: seasonal autoregression and moving averages with an automatic choice of orders.

use anofox_forecast::core::TimeSeries;
use anofox_forecast::models::Forecaster as _;
use anofox_forecast::models::arima::AutoARIMA;
use tollgate_analysis::SamplingInterval;

use crate::{ForecastPoint, Forecaster, filled, seasons};

/// Seasonal ARIMA.
#[derive(Clone, Copy, Debug)]
pub struct AutoArima;

/// The longest season: longer ones make the search for orders too slow.
const LONGEST_SEASON: usize = 24;
/// Points that are fitted: more points change little and take long.
const RECENT: usize = 200;

impl Forecaster for AutoArima {
    fn forecast(
        &self,
        values: &[f64],
        interval: SamplingInterval,
        _start: i64,
        horizon: usize,
    ) -> Option<Vec<ForecastPoint>> {
        let values = filled(values);
        let recent = &values[values.len().saturating_sub(RECENT)..];
        if recent.len() < 20 || recent.iter().all(|v| *v == recent[0]) {
            return None;
        }
        let season = seasons(interval, recent.len()).into_iter().rfind(|s| *s <= LONGEST_SEASON);
        let mut model = season.map_or_else(AutoARIMA::new, AutoARIMA::seasonal);
        // The method uses only the order of the points; the timestamps need only increase.
        let step = chrono::Duration::minutes(i64::from(interval.minutes()));
        let times = std::iter::successors(Some(chrono::DateTime::UNIX_EPOCH), |t| t.checked_add_signed(step));
        let series = TimeSeries::univariate(times.take(recent.len()).collect(), recent.to_vec()).ok()?;
        model.fit(&series).ok()?;
        let forecast = model.predict_with_intervals(horizon, 0.9).ok()?;
        let (low, high) = (forecast.lower_series(0).ok()?, forecast.upper_series(0).ok()?);
        let points = forecast.primary().iter().zip(low).zip(high);
        Some(
            points
                .map(|((mean, low), high)| ForecastPoint { mean: *mean, low: low.min(*mean), high: high.max(*mean) })
                .collect(),
        )
    }
}
