//! Seasonal autoregression: the change from one season to the next, explained by the changes of the points before it. It is
//! ARIMA(p,0,0)(P,1,0) of Box and Jenkins (1970) by penalized least squares (Hoerl and Kennard, 1970), so it needs no search.

use tollgate_analysis::SamplingInterval;

use crate::{ForecastPoint, Forecaster, NINETY, filled, float, seasons};

/// Seasonal autoregression.
#[derive(Clone, Copy, Debug)]
pub struct SeasonalAr;

/// Points that are fitted.
const RECENT: usize = 1400;
/// The penalty of large coefficients, as a share of the variance.
const PENALTY: f64 = 0.002;

impl Forecaster for SeasonalAr {
    fn forecast(
        &self,
        values: &[f64],
        interval: SamplingInterval,
        _start: i64,
        horizon: usize,
    ) -> Option<Vec<ForecastPoint>> {
        let values = filled(values);
        let all = seasons(interval, values.len());
        seasonal_ar(&values[values.len().saturating_sub(RECENT)..], all.first().copied().unwrap_or(1), &all, horizon)
    }
}

/// Forecasts with differences over one season, and lags at all seasons.
pub(crate) fn seasonal_ar(
    values: &[f64],
    season: usize,
    seasons: &[usize],
    horizon: usize,
) -> Option<Vec<ForecastPoint>> {
    let n = values.len();
    let mut lags: Vec<usize> = vec![1, 2, 3];
    lags.extend(seasons.iter().flat_map(|s| [*s, s + 1, 2 * s]));
    lags.sort_unstable();
    lags.dedup();
    lags.retain(|lag| *lag == 1 || n > season + 3 * lag);
    let longest = *lags.last()?;
    if n < season + longest + 4 * lags.len().max(5) {
        return None;
    }
    let mut changes: Vec<f64> = values[season..].iter().zip(values).map(|(now, before)| now - before).collect();
    let coefficients = fit(&changes, &lags)?;
    let predict = |changes: &[f64], at: usize| -> f64 {
        lags.iter().zip(&coefficients).map(|(lag, c)| c * changes[at - lag]).sum()
    };
    let known = changes.len();
    let errors: f64 = (longest..known).map(|at| (changes[at] - predict(&changes, at)).powi(2)).sum();
    let deviation = (errors / float(known - longest)).sqrt();
    let largest = changes.iter().map(|c| c.abs()).fold(0.0, f64::max);
    let mut all = values.to_vec();
    // The variance of an autoregression grows to a limit; the first coefficient gives its speed.
    let memory = coefficients.first().copied().unwrap_or(0.0).clamp(0.0, 0.98);
    let ahead = (0..horizon).map(|h| {
        let change = predict(&changes, known + h).clamp(-2.0 * largest, 2.0 * largest);
        changes.push(change);
        let mean = change + all[n + h - season];
        all.push(mean);
        let steps = (1.0 - memory.powf(2.0 * float(h + 1))) / (1.0 - memory * memory);
        let reach = NINETY * deviation * (steps + float(h / season)).sqrt();
        ForecastPoint { mean, low: mean - reach, high: mean + reach }
    });
    Some(ahead.collect())
}

/// The coefficients of the lags.
fn fit(changes: &[f64], lags: &[usize]) -> Option<Vec<f64>> {
    let k = lags.len();
    let longest = *lags.last()?;
    let mut matrix = vec![vec![0.0; k + 1]; k];
    for at in longest..changes.len() {
        for (i, lag) in lags.iter().enumerate() {
            let x = changes[at - lag];
            for (j, other) in lags[..=i].iter().enumerate() {
                matrix[i][j] += x * changes[at - other];
            }
            matrix[i][k] += x * changes[at];
        }
    }
    let below = matrix.clone();
    for (i, row) in below.iter().enumerate() {
        for (j, value) in row.iter().enumerate().take(i) {
            matrix[j][i] = *value;
        }
    }
    let penalty = PENALTY * (0..k).map(|i| matrix[i][i]).sum::<f64>() / float(k);
    if penalty <= 0.0 || !penalty.is_finite() {
        return None;
    }
    for (i, row) in matrix.iter_mut().enumerate() {
        row[i] += penalty;
    }
    solve(matrix)
}

/// Solves a positive definite system by elimination; the last column is the right side.
fn solve(mut matrix: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let k = matrix.len();
    for i in 0..k {
        let pivot = matrix[i][i];
        if pivot.abs() < f64::MIN_POSITIVE || !pivot.is_finite() {
            return None;
        }
        let (done, rest) = matrix.split_at_mut(i + 1);
        for row in rest {
            let factor = row[i] / pivot;
            row[i..].iter_mut().zip(&done[i][i..]).for_each(|(a, b)| *a -= factor * b);
        }
    }
    let mut out = vec![0.0; k];
    for i in (0..k).rev() {
        let known: f64 = (i + 1..k).map(|j| matrix[i][j] * out[j]).sum();
        out[i] = (matrix[i][k] - known) / matrix[i][i];
    }
    out.iter().all(|v| v.is_finite()).then_some(out)
}
