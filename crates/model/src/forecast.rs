//! Forecasts: the expected cost of future days.

use serde::{Deserialize, Serialize};

use crate::series::Scope;
use crate::{Amount, Currency, Day};

/// The forecast of one day.
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

/// The forecast of the sum of several days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastTotal {
    /// What the sum covers, for people: `30 days`, `to 2026-11-30`.
    pub label: String,
    /// The number of days.
    pub days: usize,
    /// The expected sum.
    pub mean: Amount,
    /// The lower end of the 90 % interval of the sum.
    pub low: Amount,
    /// The upper end of the 90 % interval of the sum.
    pub high: Amount,
}

/// The forecast of a scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// The scope.
    pub scope: Scope,
    /// The currency of every amount.
    pub currency: Currency,
    /// The last day with known cost.
    pub as_of: Day,
    /// The forecast days, earliest first.
    pub days: Vec<ForecastDay>,
    /// Sums up to the usual horizons.
    pub totals: Vec<ForecastTotal>,
}
