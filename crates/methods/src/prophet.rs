//! Prophet of augurs. Its parameters are estimated here instead of by Stan compiled to WebAssembly: for a linear trend with
//! Gaussian noise the maximum a posteriori is a ridge regression, with iteratively reweighted least squares for the Laplace prior
//! of the changepoints (Daubechies and others, 2010). This finds the same maximum in milliseconds, in pure Rust.

use augurs::prophet::optimizer::{Data, Error, InitialParams, OptimizeOpts, OptimizedParams, Optimizer};
use augurs::prophet::{PositiveFloat, PredictionData, TrainingData};
use tollgate_analysis::SamplingInterval;

use crate::{ForecastPoint, Forecaster, filled};

/// Piecewise linear trend and seasons of sines.
#[derive(Clone, Copy, Debug)]
pub struct Prophet;

impl Forecaster for Prophet {
    fn forecast(
        &self,
        values: &[f64],
        interval: SamplingInterval,
        start: i64,
        horizon: usize,
    ) -> Option<Vec<ForecastPoint>> {
        let values = filled(values);
        if values.len() < 20 || values.iter().any(|v| v.abs() > 1e15) || values.iter().all(|v| *v == values[0]) {
            return None;
        }
        let times = |from: usize, count: usize| {
            (from..from + count)
                .map(|i| (start + i64::try_from(i).unwrap_or(0) * i64::from(interval.minutes())) * 60)
                .collect::<Vec<_>>()
        };
        let count = values.len();
        let training = TrainingData::new(times(0, count), values).ok()?;
        let mut model = augurs::prophet::Prophet::new(Default::default(), Map);
        model.set_interval_width(0.9.try_into().ok()?);
        model.fit(training, OptimizeOpts::default()).ok()?;
        let predicted = model.predict(PredictionData::new(times(count, horizon))).ok()?.yhat;
        let (low, high) = (predicted.lower?, predicted.upper?);
        let points = predicted.point.iter().zip(low).zip(high);
        Some(
            points
                .map(|((mean, low), high)| ForecastPoint { mean: *mean, low: low.min(*mean), high: high.max(*mean) })
                .collect(),
        )
    }
}

/// The maximum a posteriori of Prophet's model for linear trends and additive seasons.
#[derive(Clone, Copy, Debug)]
struct Map;

const ROUNDS: usize = 30;

impl Optimizer for Map {
    fn optimize(&self, _: &InitialParams, data: &Data, _: &OptimizeOpts) -> Result<OptimizedParams, Error> {
        let (rows, changes) = (data.t.len(), data.t_change.len());
        let seasons = data.sigmas.len();
        let width = 2 + changes + seasons;
        // One row for each point: slope, offset, changepoints, seasons.
        let row = |i: usize| -> Vec<f64> {
            let t = data.t[i];
            let changed = data.t_change.iter().map(|c| (t - c).max(0.0));
            let season = (0..seasons).map(|k| data.X[i * seasons + k]);
            [t, 1.0].into_iter().chain(changed).chain(season).collect()
        };
        let mut normal = vec![0.0; width * width];
        let mut right = vec![0.0; width];
        let design: Vec<Vec<f64>> = (0..rows).map(row).collect();
        for (x, y) in design.iter().zip(&data.y) {
            for (i, a) in x.iter().enumerate() {
                right[i] += a * y;
                for (j, b) in x[..=i].iter().enumerate() {
                    normal[i * width + j] += a * b;
                }
            }
        }
        let mut solution: Vec<f64> = vec![0.0; width];
        let mut sigma = 0.1f64;
        for _ in 0..ROUNDS {
            let mut system = normal.clone();
            let variance = sigma * sigma;
            let mut prior = |i: usize, weight: f64| system[i * width + i] += variance * weight;
            prior(0, 1.0 / 25.0);
            prior(1, 1.0 / 25.0);
            for s in 0..changes {
                prior(2 + s, 1.0 / (*data.tau * solution[2 + s].abs().max(1e-6)));
            }
            for (k, deviation) in data.sigmas.iter().enumerate() {
                prior(2 + changes + k, 1.0 / (**deviation * **deviation));
            }
            solution =
                cholesky(system, right.clone(), width).ok_or(Error::static_str("the series cannot be fitted"))?;
            let squares = design.iter().zip(&data.y).map(|(x, y)| (y - dot(x, &solution)).powi(2)).sum::<f64>();
            sigma = noise(squares, rows);
        }
        let trend = |x: &[f64]| dot(&x[..2 + changes], &solution[..2 + changes]);
        Ok(OptimizedParams {
            k: solution[0],
            m: solution[1],
            sigma_obs: PositiveFloat::try_new(sigma).map_err(|_| Error::static_str("no noise"))?,
            delta: solution[2..2 + changes].to_vec(),
            beta: solution[2 + changes..].to_vec(),
            trend: design.iter().map(|x| trend(x)).collect(),
        })
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The σ that maximizes the product of its half-normal prior of 0.5 and the likelihood of the residuals: the root of
/// 4σ⁴ + nσ² − Σr² = 0.
fn noise(squares: f64, rows: usize) -> f64 {
    let n = f64::from(u32::try_from(rows).unwrap_or(u32::MAX));
    let variance = ((n * n + 16.0 * squares).sqrt() - n) / 8.0;
    variance.sqrt().max(1e-6)
}

/// Solves a symmetric positive definite system, given its lower half.
fn cholesky(mut a: Vec<f64>, mut b: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    for j in 0..n {
        for k in 0..j {
            let factor = a[j * n + k];
            for i in j..n {
                a[i * n + j] -= a[i * n + k] * factor;
            }
        }
        let pivot = a[j * n + j];
        if !(pivot.is_finite() && pivot > 0.0) {
            return None;
        }
        let root = pivot.sqrt();
        for i in j..n {
            a[i * n + j] /= root;
        }
    }
    for i in 0..n {
        for k in 0..i {
            b[i] -= a[i * n + k] * b[k];
        }
        b[i] /= a[i * n + i];
    }
    for i in (0..n).rev() {
        for k in i + 1..n {
            b[i] -= a[k * n + i] * b[k];
        }
        b[i] /= a[i * n + i];
    }
    Some(b)
}
