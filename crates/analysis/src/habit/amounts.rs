//! The amounts of series that cost something on some days only: training jobs, ad-hoc queries, snowballs.

use serde::{Deserialize, Serialize};

/// Days that the usual amount is learned from.
const MEMORY: f64 = 60.0;
/// The deviation of logarithms that amounts have where little is known, and how many days that is worth.
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

    fn worth(&self) -> f64 {
        f64::from(self.count).min(MEMORY)
    }

    pub(super) fn deviation(&self) -> f64 {
        let (prior, weight) = PRIOR;
        ((self.variance * self.worth() + prior * prior * weight) / (self.worth() + weight)).sqrt()
    }

    /// The usual amount.
    pub(super) fn usual(&self) -> f64 {
        self.mean.exp()
    }

    /// The mean amount; no more than the largest so far.
    pub(super) fn mean(&self) -> f64 {
        (self.mean + self.deviation().powi(2) / 2.0).min(self.largest.ln()).exp()
    }

    /// The amount that lies so many deviations above the usual one.
    pub(super) fn at(&self, deviations: f64) -> f64 {
        (self.mean + deviations * self.deviation()).clamp(-700.0, 700.0).exp()
    }

    /// How many deviations an amount is away. `None` while fewer than three are known.
    pub(super) fn score(&self, cost: f64) -> Option<f64> {
        (self.count >= 3).then(|| (cost.ln() - self.mean) / (self.deviation() * (1.0 + 1.0 / self.worth()).sqrt()))
    }

    /// What an amount must exceed to be no repetition: twice the largest so far, or of what was ever likely.
    pub(super) fn unheard_of(&self) -> f64 {
        2.0 * self.largest.min(self.at(2.0))
    }
}
