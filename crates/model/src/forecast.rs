//! Forecasts: what the days to come will cost.

use serde::{Deserialize, Serialize};

use crate::series::Scope;
use crate::{Amount, Currency, Day};

/// One day to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastDay {
    /// The day.
    pub day: Day,
    /// The expected cost.
    pub mean: Amount,
    /// The lower end of the 90 % interval.
    pub low: Amount,
    /// The upper end of the 90 % interval.
    pub high: Amount,
}

/// The sum of the days up to a horizon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastTotal {
    /// What the sum covers, for people: `30 days`, `to 2026-11-30`.
    pub label: String,
    /// How many days are summed.
    pub days: usize,
    /// The expected sum.
    pub mean: Amount,
    /// The lower end of the 90 % interval of the sum.
    pub low: Amount,
    /// The upper end of the 90 % interval of the sum.
    pub high: Amount,
}

/// What a scope will cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// What is forecast.
    pub scope: Scope,
    /// The currency of every amount.
    pub currency: Currency,
    /// The last day that the forecast knew.
    pub as_of: Day,
    /// The days to come, soonest first.
    pub days: Vec<ForecastDay>,
    /// Sums to the usual totals.
    pub totals: Vec<ForecastTotal>,
}
