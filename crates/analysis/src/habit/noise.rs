//! Noise: its scale, its memory from point to point, and its tails.

use serde::{Deserialize, Serialize};

/// Residuals beyond so many deviations teach the scale no more than these: Huber, "Robust estimation of a location
/// parameter", 1964.
const CLIP: f64 = 2.5;
/// E[min(z², 6.25)] of a normal z, so that the clipped scale is the deviation where noise is normal.
const CONSISTENT: f64 = 0.96;
/// Noise below this is not believed: 0.1 % of the level.
const LEAST: f64 = 1e-6;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Noise {
    /// The variance of one step, given the point before.
    pub(super) variance: f64,
    /// Sums of residual × residual before, and of residual before squared.
    together: f64,
    alone: f64,
    /// The last residual from the level, and how many points ago it was.
    last: f64,
    gap: u32,
    /// The largest scores of points, slowly forgotten: heavy tails show there.
    tops: [f64; 3],
}

impl Noise {
    pub(super) fn new(variance: f64) -> Self {
        // Twenty points' worth of a weak memory: what cost usually has.
        Self {
            variance,
            together: 0.2 * 20.0 * variance,
            alone: 20.0 * variance,
            last: 0.0,
            gap: u32::MAX,
            tops: [0.0; 3],
        }
    }

    /// How much of a residual is still there a point later, 0 to 0.85.
    pub(super) fn memory(&self) -> f64 {
        (self.together / self.alone.max(f64::MIN_POSITIVE)).clamp(0.0, 0.85)
    }

    /// The deviation around the level, whatever the point before.
    pub(super) fn around_level(&self) -> f64 {
        let memory = self.memory();
        (self.variance / (1.0 - memory * memory)).sqrt()
    }

    /// What is left of the last residual.
    pub(super) fn carried(&self) -> f64 {
        if self.gap >= 4 {
            return 0.0;
        }
        let limit = 2.0 * self.variance.sqrt() + 0.05;
        let steps = i32::try_from(self.gap).unwrap_or(i32::MAX - 1) + 1;
        (self.memory().powi(steps) * self.last).clamp(-limit, limit)
    }

    /// How many deviations a single point must be away: `usual`, or more where points of this series often are.
    pub(super) fn threshold(&self, usual: f64) -> f64 {
        // Twice the third largest score so far; at most 1.8 times the usual threshold, or three events would blind it.
        usual.max((2.0 * self.tops[2]).min(1.8 * usual))
    }

    /// Remembers a score among the largest. Scores beyond nine are events, not tails.
    pub(super) fn learn_tail(&mut self, score: f64) {
        for top in &mut self.tops {
            *top *= 0.9985; // half is forgotten in 15 months of days
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

    /// Learns from a point that fits: its surprise, given the point before, and its residual from the level.
    pub(super) fn learn(&mut self, surprise: f64, residual: f64, rate: f64) {
        let deviation = self.variance.sqrt();
        let clipped = clip(surprise, CLIP * deviation);
        self.variance = (self.variance + rate * (clipped * clipped / CONSISTENT - self.variance)).max(LEAST);
        if self.gap == 0 {
            let (now, before) = (clip(residual, 3.0 * deviation), clip(self.last, 3.0 * deviation));
            self.together += rate * (now * before - self.together);
            self.alone += rate * (before * before - self.alone);
        }
    }

    pub(super) fn remember(&mut self, residual: f64) {
        self.last = residual;
        self.gap = 0;
    }

    pub(super) fn skip(&mut self) {
        self.gap = self.gap.saturating_add(1);
    }

    pub(super) fn forget(&mut self) {
        self.gap = u32::MAX;
    }
}

pub(super) fn clip(x: f64, limit: f64) -> f64 {
    x.clamp(-limit, limit)
}
