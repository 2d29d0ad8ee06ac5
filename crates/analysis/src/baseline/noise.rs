//! Noise: its scale, its autocorrelation, and its tails.

use serde::{Deserialize, Serialize};

/// Residuals are clipped at this number of deviations before the scale learns from them: Huber, "Robust estimation of a
/// location parameter", 1964.
const CLIP: f64 = 2.5;
/// E[min(z², 6.25)] of a normal z: makes the clipped scale the deviation of normal noise.
const CONSISTENT: f64 = 0.96;
/// The third largest score of a year of normal noise, about.
const NORMAL_THIRD: f64 = 2.4;
/// The least variance: a deviation of 0.1 % of the level.
const LEAST: f64 = 1e-6;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Noise {
    /// The variance of one step, given the previous point.
    pub(super) variance: f64,
    /// Running means of residual × previous residual, and of the previous residual squared: their ratio is the autocorrelation.
    lagged_product: f64,
    squared: f64,
    /// The last residual from the level, and the points since.
    last: f64,
    gap: u32,
    /// The three largest scores, decaying slowly: they measure heavy tails.
    tops: [f64; 3],
}

impl Noise {
    pub(super) fn new(variance: f64) -> Self {
        // The prior is a weak autocorrelation with the weight of twenty points, as cost usually has.
        Self {
            variance,
            lagged_product: 0.2 * 20.0 * variance,
            squared: 20.0 * variance,
            last: 0.0,
            gap: u32::MAX,
            tops: [0.0; 3],
        }
    }

    /// The autocorrelation of residuals, 0 to 0.85: the share of a residual that remains at the next point.
    pub(super) fn memory(&self) -> f64 {
        (self.lagged_product / self.squared.max(f64::MIN_POSITIVE)).clamp(0.0, 0.85)
    }

    /// The deviation around the level, not conditioned on the previous point.
    pub(super) fn around_level(&self) -> f64 {
        let memory = self.memory();
        (self.variance / (1.0 - memory * memory)).sqrt()
    }

    /// The part of the last residual that remains now.
    pub(super) fn carried_residual(&self) -> f64 {
        if self.gap >= 4 {
            return 0.0;
        }
        let limit = 2.0 * self.variance.sqrt() + 0.05;
        let steps = i32::try_from(self.gap).unwrap_or(i32::MAX - 1) + 1;
        (self.memory().powi(steps) * self.last).clamp(-limit, limit)
    }

    /// The deviations from which a single point is an anomaly: `usual`, or more if the series has heavy tails.
    pub(super) fn threshold(&self, usual: f64) -> f64 {
        // Twice the third largest score, and more for heavy tails, but at most 1.8 times the usual threshold: otherwise three events
        // would hide all others.
        let third = self.tops[2];
        usual.max((2.0 * third * (third / NORMAL_THIRD).max(1.0)).min(1.8 * usual))
    }

    /// Updates the largest scores. Scores above nine are events, not tails.
    pub(super) fn learn_tail(&mut self, score: f64) {
        for top in &mut self.tops {
            *top *= 0.9985; // halves in 15 months of days
        }
        let mut carry = score.abs();
        if carry < 9.0 {
            for top in &mut self.tops {
                if carry > *top {
                    std::mem::swap(top, &mut carry);
                }
            }
        }
    }

    /// Learns from a point that fits: its surprise, given the previous point, and its residual from the level.
    pub(super) fn learn(&mut self, surprise: f64, residual: f64, rate: f64) {
        let deviation = self.variance.sqrt();
        let clipped = clip(surprise, CLIP * deviation);
        self.variance = (self.variance + rate * (clipped * clipped / CONSISTENT - self.variance)).max(LEAST);
        if self.gap == 0 {
            let (now, before) = (clip(residual, 3.0 * deviation), clip(self.last, 3.0 * deviation));
            self.lagged_product += rate * (now * before - self.lagged_product);
            self.squared += rate * (before * before - self.squared);
        }
    }

    pub(super) fn record_residual(&mut self, residual: f64) {
        self.last = residual;
        self.gap = 0;
    }

    pub(super) fn skip_point(&mut self) {
        self.gap = self.gap.saturating_add(1);
    }

    pub(super) fn reset(&mut self) {
        self.gap = u32::MAX;
    }
}

pub(super) fn clip(x: f64, limit: f64) -> f64 {
    x.clamp(-limit, limit)
}
