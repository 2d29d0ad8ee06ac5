//! Exponential smoothing with a damped trend (Gardner and McKenzie, 1985), after a seasonal adjustment.

use tollgate_analysis::SamplingInterval;

use crate::profile::Profile;
use crate::{ForecastPoint, Forecaster, NINETY, filled, float, seasons};

/// A damped trend.
#[derive(Clone, Copy, Debug)]
pub struct DampedTrend;

/// Points that are fitted.
const RECENT: usize = 1000;
/// The factors that are tried: of the level, of the trend as a share of it, and of the damping.
const LEVELS: [f64; 7] = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0];
const TRENDS: [f64; 3] = [0.0, 0.05, 0.2];
const DAMPINGS: [f64; 2] = [0.9, 0.98];

impl Forecaster for DampedTrend {
    fn forecast(
        &self,
        values: &[f64],
        interval: SamplingInterval,
        _start: i64,
        horizon: usize,
    ) -> Option<Vec<ForecastPoint>> {
        let values = filled(values);
        let season = seasons(interval, values.len()).pop().unwrap_or(1);
        damped(&values[values.len().saturating_sub(RECENT)..], season, horizon)
    }
}

#[derive(Clone, Copy)]
struct State {
    alpha: f64,
    beta: f64,
    damping: f64,
    level: f64,
    trend: f64,
    squares: f64,
}

impl State {
    fn run(values: &[f64], alpha: f64, beta: f64, damping: f64) -> Self {
        let few = values.len().min(10);
        let trend = (values[few - 1] - values[0]) / float(few.max(2) - 1);
        let mut state = Self { alpha, beta, damping, level: values[0], trend, squares: 0.0 };
        for value in &values[1..] {
            let expected = state.level + damping * state.trend;
            let error = value - expected;
            state.level = expected + alpha * error;
            state.trend = damping * state.trend + beta * error;
            state.squares += error * error;
        }
        state
    }
}

pub(crate) fn damped(values: &[f64], season: usize, horizon: usize) -> Option<Vec<ForecastPoint>> {
    let n = values.len();
    if n < 10 {
        return None;
    }
    let profile = Profile::of(values, season);
    let free: Vec<f64> = values.iter().enumerate().map(|(i, v)| profile.without(i, *v)).collect();
    let tried = LEVELS.iter().flat_map(|alpha| {
        let free = &free;
        TRENDS
            .iter()
            .flat_map(move |share| DAMPINGS.iter().map(move |phi| State::run(free, *alpha, alpha * share, *phi)))
    });
    let best = tried.min_by(|a, b| a.squares.total_cmp(&b.squares))?;
    let deviation = (best.squares / float(n)).sqrt();
    let (mut reach_of_trend, mut damping) = (0.0, 1.0);
    let (mut variance, mut weight) = (1.0, best.alpha);
    let ahead = (0..horizon).map(|h| {
        damping *= best.damping;
        reach_of_trend += damping;
        let at = n + h;
        let mean = profile.with(at, best.level + reach_of_trend * best.trend);
        let reach = NINETY * deviation * f64::sqrt(variance) * profile.scale(at).abs();
        weight += best.beta * damping;
        variance += weight * weight;
        ForecastPoint { mean, low: mean - reach, high: mean + reach }
    });
    Some(ahead.collect())
}
