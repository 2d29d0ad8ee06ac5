//! Detection by any forecaster: fit, compare the next points with their forecast, fit again.

use tollgate_analysis::SamplingInterval;

use crate::{Detector, Forecaster};

/// A forecaster as a detector.
#[derive(Clone, Copy, Debug)]
pub struct ByForecast<F> {
    /// The forecaster.
    pub method: F,
    /// Points between two fits.
    pub every: usize,
}

/// Points before the first fit.
const FIRST: usize = 56;
/// Deviations from which a point is an alert: the usual threshold for residuals.
const ALERT: f64 = 4.0;

impl<F: Forecaster> Detector for ByForecast<F> {
    fn scores(&self, values: &[f64], interval: SamplingInterval, start: i64) -> Option<Vec<f64>> {
        let mut out = vec![0.0; values.len()];
        let mut from = FIRST;
        while from < values.len() {
            let to = (from + self.every.max(1)).min(values.len());
            if let Some(ahead) = self.method.forecast(&values[..from], interval, start, to - from) {
                for (i, a) in (from..to).zip(ahead) {
                    let deviation = ((a.high - a.low) / (2.0 * 1.645)).max(1e-9);
                    out[i] = if values[i].is_finite() { (values[i] - a.mean).abs() / deviation / ALERT } else { 0.0 };
                }
            }
            from = to;
        }
        Some(out)
    }
}
