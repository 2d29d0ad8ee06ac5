//! Theta (Assimakopoulos and Nikolopoulos, 2000), as exponential smoothing with half the linear trend as drift (Hyndman and
//! Billah, 2003), after a seasonal adjustment.

use tollgate_analysis::SamplingInterval;

use crate::profile::Profile;
use crate::{ForecastPoint, Forecaster, NINETY, filled, float, seasons};

/// Theta.
#[derive(Clone, Copy, Debug)]
pub struct Theta;

/// Points that the linear trend is fitted to.
const RECENT: usize = 1000;

impl Forecaster for Theta {
    fn forecast(
        &self,
        values: &[f64],
        interval: SamplingInterval,
        _start: i64,
        horizon: usize,
    ) -> Option<Vec<ForecastPoint>> {
        let values = filled(values);
        let season = seasons(interval, values.len()).pop().unwrap_or(1);
        theta(&values[values.len().saturating_sub(RECENT)..], season, horizon)
    }
}

pub(crate) fn theta(values: &[f64], season: usize, horizon: usize) -> Option<Vec<ForecastPoint>> {
    let n = values.len();
    if n < 5 {
        return None;
    }
    let profile = Profile::of(values, season);
    let free: Vec<f64> = values.iter().enumerate().map(|(i, v)| profile.without(i, *v)).collect();
    let slope = slope(&free);
    let (alpha, level, squares) = smooth(&free);
    let deviation = (squares / float(n)).sqrt();
    let ahead = (0..horizon).map(|h| {
        let at = n + h;
        // The drift of the second theta line, as Hyndman and Billah derive it.
        let drift = 0.5 * slope * (float(h) + (1.0 - (1.0 - alpha).powf(float(n))) / alpha);
        let reach = NINETY * deviation * (1.0 + float(h) * alpha * alpha).sqrt() * profile.scale(at).abs();
        let mean = profile.with(at, level + drift);
        ForecastPoint { mean, low: mean - reach, high: mean + reach }
    });
    Some(ahead.collect())
}

/// The slope of the least squares line.
fn slope(values: &[f64]) -> f64 {
    let n = float(values.len());
    let (middle, mean) = ((n - 1.0) / 2.0, values.iter().sum::<f64>() / n);
    let (product, square) = values.iter().enumerate().fold((0.0, 0.0), |(product, square), (i, v)| {
        let x = float(i) - middle;
        (product + x * (v - mean), square + x * x)
    });
    product / square
}

/// Simple exponential smoothing with the factor of least squared error: factor, last level, and that error.
fn smooth(values: &[f64]) -> (f64, f64, f64) {
    let run = |alpha: f64| {
        let first = values[..values.len().min(4)].iter().sum::<f64>() / float(values.len().min(4));
        values.iter().fold((first, 0.0), |(level, squares), v| {
            let error = v - level;
            (level + alpha * error, squares + error * error)
        })
    };
    let best = (1..=20).map(|step| 0.05 * f64::from(step)).map(|alpha| (alpha, run(alpha)));
    let best = best.min_by(|a, b| a.1.1.total_cmp(&b.1.1));
    best.map_or((1.0, 0.0, 0.0), |(alpha, (level, squares))| (alpha, level, squares))
}
