//! The scale on which a series is judged: logarithms for cost, multiples of a unit for series that are often negative.

use serde::{Deserialize, Serialize};

use crate::stats::median;

/// ln 0.01: values below one percent of the highest usual value count as equal, because the cost has stopped.
const LOG_FLOOR: f64 = -4.605_170_185_988_091;

/// Amounts below this count as zero: a billionth of any currency.
const LEAST: f64 = 1e-9;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Scale {
    /// Natural logarithms, of values above a floor.
    Ratio,
    /// Multiples of a unit, for series that are often negative.
    Linear { unit: f64 },
}

impl Scale {
    /// The scale that suits the values. Some of them may be zero.
    pub(super) fn of(values: &[f64]) -> Self {
        let negative = values.iter().filter(|v| **v < 0.0).count();
        if negative * 20 <= values.len() {
            return Self::Ratio;
        }
        let sizes: Vec<f64> = values.iter().map(|v| v.abs()).collect();
        Self::Linear { unit: median(&sizes).max(LEAST) }
    }

    /// A value's position on the scale; `peak` is the position of the highest usual value of the season, so that a weekend
    /// without cost is a level like others.
    pub(super) fn to_scale(self, value: f64, peak: f64) -> f64 {
        match self {
            Self::Ratio if value > LEAST => value.ln().max(peak + LOG_FLOOR),
            Self::Ratio => peak.max(-20.0) + LOG_FLOOR,
            Self::Linear { unit } => value / unit,
        }
    }

    /// Whether no cost is a position of its own: a stop.
    pub(super) fn has_floor(self) -> bool {
        self == Self::Ratio
    }

    /// The lowest position below the highest usual one.
    pub(super) fn lowest(self, peak: f64) -> f64 {
        match self {
            Self::Ratio => peak + LOG_FLOOR,
            Self::Linear { .. } => f64::NEG_INFINITY,
        }
    }

    /// The value without an effect of `difference` on the scale.
    pub(super) fn without_effect(self, value: f64, difference: f64) -> f64 {
        match self {
            Self::Ratio => value * (-difference).exp(),
            Self::Linear { unit } => value - difference * unit,
        }
    }

    /// The value at a position on the scale.
    pub(super) fn value_at(self, x: f64) -> f64 {
        match self {
            // The clamp keeps every finite state from overflowing.
            Self::Ratio => x.clamp(-700.0, 700.0).exp(),
            Self::Linear { unit } => x * unit,
        }
    }
}
