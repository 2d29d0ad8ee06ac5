//! Isolation Forest (Liu, Ting and Zhou, 2008) of extended-isolation-forest, over a point's value and its differences from earlier
//! points.
//!
//! The crate uses the thread's random number generator, so scores differ slightly between runs.

use extended_isolation_forest::{Forest, ForestOptions};
use tollgate_analysis::SamplingInterval;

use crate::{Detector, filled};

/// Isolation Forest: points that are easy to isolate are anomalies.
#[derive(Clone, Copy, Debug)]
pub struct IsolationForest;

/// Points between two forests.
const EVERY: usize = 28;
/// Points before the first forest.
const FIRST: usize = 56;
/// Steps between a series' least and greatest value: finer than the forest's cuts.
const STEPS: f64 = 4096.0;
/// The threshold on the paper's score.
const ALERT: f64 = 0.6;

impl Detector for IsolationForest {
    fn scores(&self, values: &[f64], interval: SamplingInterval, _start: i64) -> Option<Vec<f64>> {
        let values = on_a_grid(&filled(values));
        let week = if interval.has_weekdays() { 7 * interval.points_per_day() } else { 1 };
        let features: Vec<[f64; 3]> = (0..values.len())
            .map(|i| {
                let x = |back: usize| i.checked_sub(back).map_or(values[i], |j| values[j]);
                [values[i], values[i] - x(1), values[i] - x(week)]
            })
            .collect();
        let mut out = vec![0.0; values.len()];
        let mut from = FIRST.max(week + 1);
        while from < values.len() {
            let known = &features[week.min(from - 1)..from];
            let options = ForestOptions {
                n_trees: 100,
                sample_size: known.len().min(256),
                max_tree_depth: None,
                extension_level: 1,
            };
            let forest = Forest::from_slice(known, &options).ok()?;
            let to = (from + EVERY).min(values.len());
            for i in from..to {
                out[i] = forest.score(&features[i]) / ALERT;
            }
            from = to;
        }
        Some(out)
    }
}

/// Rounds values to a grid of [`STEPS`] steps between the least and the greatest. The crate picks cuts between a branch's least
/// and greatest value with a loop of rand 0.8 that takes minutes if those two differ only by rounding.
fn on_a_grid(values: &[f64]) -> Vec<f64> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let step = (values.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low) / STEPS;
    values.iter().map(|v| if step > 0.0 && step.is_finite() { ((v - low) / step).round() } else { 0.0 }).collect()
}
