//! Amounts of series with cost on some days only: training jobs, ad-hoc queries, data transfer devices.

use serde::{Deserialize, Serialize};

/// Days that the usual amount is learned from.
const MEMORY: f64 = 60.0;
/// The prior deviation of the amounts' logarithms, and its weight in days.
const PRIOR: (f64, f64) = (0.45, 3.0);

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Amounts {
    /// Points with a cost.
    pub(super) count: u32,
    /// Of the logarithms of amounts.
    mean: f64,
    variance: f64,
    largest: f64,
}

impl Amounts {
    pub(super) fn learn(&mut self, cost: f64) {
        let x = cost.ln();
        self.count = self.count.saturating_add(1);
        self.largest = self.largest.max(cost);
        if self.count == 1 {
            self.mean = x;
            return;
        }
        let weight = 1.0 / f64::from(self.count).min(MEMORY);
        let away = x - self.mean;
        self.mean += weight * away;
        self.variance += weight * (away * away * (1.0 - weight) - self.variance);
    }

    fn effective_count(&self) -> f64 {
        f64::from(self.count).min(MEMORY)
    }

    pub(super) fn deviation(&self) -> f64 {
        let (prior, weight) = PRIOR;
        ((self.variance * self.effective_count() + prior * prior * weight) / (self.effective_count() + weight)).sqrt()
    }

    /// The usual amount.
    pub(super) fn usual(&self) -> f64 {
        self.mean.exp()
    }

    /// The mean amount; no more than the largest so far.
    pub(super) fn mean(&self) -> f64 {
        (self.mean + self.deviation().powi(2) / 2.0).min(self.largest.ln()).exp()
    }

    /// The amount at a number of deviations above the usual one.
    pub(super) fn at(&self, deviations: f64) -> f64 {
        (self.mean + deviations * self.deviation()).clamp(-700.0, 700.0).exp()
    }

    /// The distance of an amount from the usual one, in deviations. `None` while fewer than three amounts are known.
    pub(super) fn score(&self, cost: f64) -> Option<f64> {
        (self.count >= 3)
            .then(|| (cost.ln() - self.mean) / (self.deviation() * (1.0 + 1.0 / self.effective_count()).sqrt()))
    }

    /// The amount above which a cost is an outlier: twice the largest amount so far, or twice the amount at two deviations if
    /// that is less.
    pub(super) fn outlier_threshold(&self) -> f64 {
        2.0 * self.largest.min(self.at(2.0))
    }
}
