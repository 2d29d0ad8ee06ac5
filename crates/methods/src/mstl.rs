//! MSTL of augurs: seasons by LOESS, the trend by exponential smoothing.

use augurs::ets::{AutoETS, trend::AutoETSTrendModel};
use augurs::mstl::MSTLModel;
use augurs::{Fit, Predict};
use tollgate_analysis::SamplingInterval;

use crate::{ForecastPoint, Forecaster, filled, seasons};

/// Seasonal and trend decomposition.
#[derive(Clone, Copy, Debug)]
pub struct Mstl;

impl Forecaster for Mstl {
    fn forecast(
        &self,
        values: &[f64],
        interval: SamplingInterval,
        _start: i64,
        horizon: usize,
    ) -> Option<Vec<ForecastPoint>> {
        let values = filled(values);
        let seasons = seasons(interval, values.len());
        if seasons.is_empty() || values.iter().all(|v| *v == values[0]) {
            return None;
        }
        let trend = AutoETSTrendModel::from(AutoETS::non_seasonal());
        let fitted = MSTLModel::new(seasons, trend).fit(&values).ok()?;
        crate::ets::ahead(fitted.predict(horizon, 0.9).ok()?)
    }
}
