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

/// How well forecasts from earlier days were met, by back-tests on the history that is known today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastQuality {
    /// The number of back-tests, of 30 days each.
    pub tests: usize,
    /// The cost of the days that were forecast.
    pub cost: Amount,
    /// 100 less the error of the sums, in percent.
    pub accuracy: i64,
    /// The percentage by which daily errors are smaller than those of repeating the last week (seasonal naive). Null if the last
    /// week repeats exactly.
    pub skill: Option<i64>,
}

/// The forecasts that one run made, kept so that they can be scored when the days have come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredForecasts {
    /// The last day with known cost of any scope.
    pub as_of: Day,
    /// The version of the method.
    pub method_version: u8,
    /// The forecasts, largest first.
    pub forecasts: Vec<StoredForecast>,
}

/// The sums that were forecast for one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredForecast {
    /// The scope.
    pub scope: Scope,
    /// The currency of every amount.
    pub currency: Currency,
    /// The last day with known cost.
    pub as_of: Day,
    /// Sums from the day after it on.
    pub totals: Vec<ForecastTotal>,
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
