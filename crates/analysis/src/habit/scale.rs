//! The scale on which a series is judged: logarithms for cost, plain multiples for series that go below zero.

use serde::{Deserialize, Serialize};

use crate::stats::median;

/// ln 0.01: values below one percent of the usual one are equal, the cost has stopped.
const LOG_FLOOR: f64 = -4.605_170_185_988_091;

/// Smaller amounts are nothing: a billionth of any currency.
const LEAST: f64 = 1e-9;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Scale {
    /// Natural logarithms, of values above a floor.
    Ratio,
    /// Multiples of a unit, for series that are often negative.
    Linear { unit: f64 },
}

impl Scale {
    /// The scale that fits values, of which some may be zero.
    pub(super) fn of(values: &[f64]) -> Self {
        let negative = values.iter().filter(|v| **v < 0.0).count();
        if negative * 20 <= values.len() {
            return Self::Ratio;
        }
        let sizes: Vec<f64> = values.iter().map(|v| v.abs()).collect();
        Self::Linear { unit: median(&sizes).max(LEAST) }
    }

    /// A value on the scale; `usual` is where the usual value lies on it.
    pub(super) fn to(self, value: f64, usual: f64) -> f64 {
        match self {
            Self::Ratio if value > LEAST => value.ln().max(usual + LOG_FLOOR),
            Self::Ratio => usual.max(-20.0) + LOG_FLOOR,
            Self::Linear { unit } => value / unit,
        }
    }

    /// What a value would be without a difference on the scale.
    pub(super) fn without(self, value: f64, difference: f64) -> f64 {
        match self {
            Self::Ratio => value * (-difference).exp(),
            Self::Linear { unit } => value - difference * unit,
        }
    }

    /// The value at a point of the scale.
    pub(super) fn from(self, x: f64) -> f64 {
        match self {
            // No finite state may overflow.
            Self::Ratio => x.clamp(-700.0, 700.0).exp(),
            Self::Linear { unit } => x * unit,
        }
    }
}
