//! AutoETS of augurs: exponential smoothing with an automatic choice of error and trend, without seasons.

use augurs::ets::AutoETS;
use augurs::{Fit, Predict};
use tollgate_analysis::SamplingInterval;

use crate::{ForecastPoint, Forecaster, filled};

/// Exponential smoothing.
#[derive(Clone, Copy, Debug)]
pub struct Ets;

impl Forecaster for Ets {
    fn forecast(
        &self,
        values: &[f64],
        _interval: SamplingInterval,
        _start: i64,
        horizon: usize,
    ) -> Option<Vec<ForecastPoint>> {
        let values = filled(values);
        if values.len() < 10 {
            return None;
        }
        let fitted = AutoETS::non_seasonal().fit(&values).ok()?;
        ahead(fitted.predict(horizon, 0.9).ok()?)
    }
}

pub(crate) fn ahead(forecast: augurs::Forecast) -> Option<Vec<ForecastPoint>> {
    let intervals = forecast.intervals?;
    let points = forecast.point.iter().zip(&intervals.lower).zip(&intervals.upper);
    let ahead =
        points.map(|((mean, low), high)| ForecastPoint { mean: *mean, low: low.min(*mean), high: high.max(*mean) });
    Some(ahead.collect())
}
