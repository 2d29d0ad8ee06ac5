//! The default of `tollgate series forecast`: Tollgate's baseline, or a combination of methods where others do better.
//!
//! Each method forecasts from several earlier days of the same series (a rolling origin: Tashman, 2000) and is weighted by the
//! inverse of its squared error there (Bates and Granger, 1969). Most cost series need no combination: the baseline is used alone
//! unless a simple method beats it clearly in these back-tests, and nothing else is fitted.

use tollgate_analysis::{CalendarPosition, SamplingInterval};

use crate::damped::damped;
use crate::naive::seasonal_naive;
use crate::own::{baseline_forecasts, positions};
use crate::seasonal_ar::seasonal_ar;
use crate::theta::theta;
use crate::{ForecastPoint, Forecaster, filled, float, long_seasons};

/// Tollgate's baseline, or a weighted combination.
#[derive(Clone, Copy, Debug)]
pub struct Combination;

/// Back-tests of each method.
const ORIGINS: usize = 4;
/// The share of the history that one back-test forecasts at most.
const SHARE: usize = 5;
/// The baseline is used alone unless another method has less than this share of its error: it knows ends, steps and calendar rules,
/// which few back-tests contain.
const ALONE: f64 = 0.8;
/// Methods with a larger error than this multiple of the best one's get no weight.
const WORST: f64 = 1.5;
/// Series with a larger share of points without cost have no combination: by absolute errors, zero would be their best forecast.
const SPARSE: f64 = 0.2;
/// Points of the history that methods other than the baseline read.
const RECENT: usize = 2500;

/// A method of the combination.
#[derive(Clone, Copy, Debug)]
enum Method {
    Naive(usize),
    Theta(usize),
    Damped(usize),
    SeasonalAr(usize),
}

impl Method {
    fn forecast(self, values: &[f64], seasons: &[usize], horizon: usize) -> Option<Vec<ForecastPoint>> {
        match self {
            Self::Naive(season) => seasonal_naive(values, season, horizon),
            Self::Theta(season) => theta(values, season, horizon),
            Self::Damped(season) => damped(values, season, horizon),
            Self::SeasonalAr(season) => seasonal_ar(values, season, seasons, horizon),
        }
    }
}

impl Forecaster for Combination {
    fn forecast(
        &self,
        values: &[f64],
        interval: SamplingInterval,
        start: i64,
        horizon: usize,
    ) -> Option<Vec<ForecastPoint>> {
        combine(values, &positions(interval, start, values.len() + horizon), interval, horizon)
    }
}

/// Like [`Combination`], for positions that are known already.
pub fn combine(
    values: &[f64],
    positions: &[CalendarPosition],
    interval: SamplingInterval,
    horizon: usize,
) -> Option<Vec<ForecastPoint>> {
    let n = values.len();
    let origins = origins(n, horizon, interval);
    let mut at: Vec<usize> = origins.clone();
    at.push(n);
    let mut own = baseline_forecasts(values, positions, interval, &at, horizon);
    let now = own.pop()?;
    if own.len() < origins.len() || origins.is_empty() {
        return Some(now);
    }
    let zeros = values.iter().filter(|v| **v == 0.0).count();
    if float(zeros) > SPARSE * float(n) {
        return Some(now);
    }
    let own_errors = errors(values, &origins, |i, _| own.get(i).cloned())?;
    let known = filled(values);
    let known = &known[n.saturating_sub(RECENT)..];
    let cut = n - known.len();
    let seasons = long_seasons(interval, known.len());
    let tested = |method: Method| {
        let forecast =
            |_: usize, origin: usize| method.forecast(&known[..origin - cut], &seasons, horizon.min(n - origin));
        errors(values, &origins, forecast).map(|errors| (method, relative(&errors, &own_errors)))
    };
    let first = seasons.first().copied().unwrap_or(1);
    let last = seasons.last().copied().unwrap_or(1);
    let mut scored: Vec<(Method, f64)> =
        [Method::Naive(last), Method::Theta(last)].into_iter().filter_map(tested).collect();
    let least = |scored: &[(Method, f64)]| scored.iter().map(|(_, e)| *e).fold(f64::INFINITY, f64::min);
    if least(&scored) > ALONE {
        return Some(now);
    }
    let mut more = vec![Method::Damped(last), Method::SeasonalAr(last), Method::Naive(1)];
    if first != last {
        more.extend([Method::Naive(first), Method::SeasonalAr(first), Method::Theta(first), Method::Damped(first)]);
    } else if last > 1 {
        more.extend([Method::Theta(1), Method::SeasonalAr(1)]);
    }
    scored.extend(more.into_iter().filter_map(tested));
    Some(weighted(&now, &scored, least(&scored), |method| method.forecast(known, &seasons, horizon)))
}

/// The weighted sum of the forecasts from now.
fn weighted(
    own: &[ForecastPoint],
    scored: &[(Method, f64)],
    least: f64,
    forecast: impl Fn(Method) -> Option<Vec<ForecastPoint>>,
) -> Vec<ForecastPoint> {
    let least = least.clamp(1e-6, 1.0);
    let weight = |error: f64| if error <= WORST * least { (least / error.max(1e-6)).powi(2) } else { 0.0 };
    let mut sum = vec![ForecastPoint::default(); own.len()];
    let mut all = 0.0;
    let mut add = |points: &[ForecastPoint], weight: f64| {
        if points.len() < sum.len()
            || points.iter().any(|p| !(p.mean.is_finite() && p.low.is_finite() && p.high.is_finite()))
        {
            return;
        }
        all += weight;
        for (sum, point) in sum.iter_mut().zip(points) {
            sum.mean += weight * point.mean;
            sum.low += weight * point.low;
            sum.high += weight * point.high;
        }
    };
    // Errors are relative to the baseline's.
    if weight(1.0) > 0.0 {
        add(own, weight(1.0));
    }
    for (method, error) in scored {
        if weight(*error) > 0.0
            && let Some(points) = forecast(*method)
        {
            add(&points, weight(*error));
        }
    }
    if all <= 0.0 {
        return own.to_vec();
    }
    sum.iter().map(|p| ForecastPoint { mean: p.mean / all, low: p.low / all, high: p.high / all }).collect()
}

/// The points from which back-tests forecast, oldest first. None if the history is too short.
fn origins(n: usize, horizon: usize, interval: SamplingInterval) -> Vec<usize> {
    let ahead = horizon.min(n / SHARE).max(1);
    let least = if interval.has_weekdays() { 28 * interval.points_per_day().min(8) } else { 26 };
    let step = (ahead / 2).max(1);
    let mut out: Vec<usize> = (0..ORIGINS).filter_map(|k| n.checked_sub(ahead + k * step)).collect();
    out.retain(|origin| *origin >= least);
    out.reverse();
    out
}

/// The mean absolute error of a method in each of its back-tests; `None` if it cannot fit one of them.
fn errors(
    values: &[f64],
    origins: &[usize],
    forecast: impl Fn(usize, usize) -> Option<Vec<ForecastPoint>>,
) -> Option<Vec<f64>> {
    let one = |(i, origin): (usize, &usize)| {
        let ahead = forecast(i, *origin)?;
        let known = values[*origin..].iter().zip(&ahead).filter(|(value, _)| value.is_finite());
        let (sum, count) =
            known.fold((0.0, 0usize), |(sum, count), (value, point)| (sum + (value - point.mean).abs(), count + 1));
        f64::is_finite(sum).then(|| sum / float(count.max(1)))
    };
    origins.iter().enumerate().map(one).collect()
}

/// The error of a method relative to another one's: the geometric mean over back-tests, so that an event in one of them, which no
/// method could know, weighs no more than the others.
fn relative(errors: &[f64], others: &[f64]) -> f64 {
    let logs = errors.iter().zip(others).map(|(a, b)| ((a + f64::MIN_POSITIVE) / (b + f64::MIN_POSITIVE)).ln());
    (logs.sum::<f64>() / float(errors.len().max(1))).exp()
}
