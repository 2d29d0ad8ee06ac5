//! An anomaly: days of a series that deviate from its baseline.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::series::Scope;
use crate::{Amount, Currency, Day};

/// The direction of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// More than expected.
    Up,
    /// Less than expected.
    Down,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Up => "up",
            Self::Down => "down",
        })
    }
}

/// The part of the baseline from which a day deviates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokenPattern {
    /// The level: the day deviates by itself.
    #[default]
    Level,
    /// The weekly pattern: the day costs as much as another weekday, such as a Sunday that costs like a Monday.
    Weekday,
    /// The monthly pattern: the fee of this day of the month is missing or different.
    Month,
    /// The level over several days: each alone could be noise, all of them together cannot.
    Sustained,
    /// The usual amount of a series that has cost on some days only.
    Amount,
    /// The absence of cost before.
    Silence,
}

impl BrokenPattern {
    /// The spelling of files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Weekday => "weekday",
            Self::Month => "month",
            Self::Sustained => "sustained",
            Self::Amount => "amount",
            Self::Silence => "silence",
        }
    }

    /// For people, after "deviates from".
    pub const fn label(self) -> &'static str {
        match self {
            Self::Level => "the usual level",
            Self::Weekday => "the weekly pattern",
            Self::Month => "the monthly pattern",
            Self::Sustained => "the usual level over several days",
            Self::Amount => "the usual amount",
            Self::Silence => "the absence of earlier cost",
        }
    }
}

/// One anomalous day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnomalousDay {
    /// The day.
    pub day: Day,
    /// The cost that the baseline expects.
    pub expected: Amount,
    /// The lower end of the expected range.
    pub low: Amount,
    /// The upper end of the expected range.
    pub high: Amount,
    /// The actual cost.
    pub actual: Amount,
    /// The distance from expected in units of the series' own noise.
    pub score: f64,
    /// The part of the baseline from which it deviates.
    #[serde(default)]
    pub pattern: BrokenPattern,
    /// The number of days that were judged together.
    #[serde(default)]
    pub together: u32,
}

/// Consecutive anomalous days of one scope, all in one direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anomaly {
    /// The scope.
    pub scope: Scope,
    /// Whether the scope is a leaf: no finer series exists below it.
    pub leaf: bool,
    /// The currency of every amount.
    pub currency: Currency,
    /// The direction.
    pub direction: Direction,
    /// The days, oldest first; never empty.
    pub days: Vec<AnomalousDay>,
    /// Whether the last judged day is one of them.
    pub ongoing: bool,
}

impl Anomaly {
    /// The first day.
    pub fn start(&self) -> Day {
        self.days.first().map_or(Day::EPOCH, |d| d.day)
    }

    /// The last day.
    pub fn last(&self) -> Day {
        self.days.last().map_or(Day::EPOCH, |d| d.day)
    }

    /// Actual minus expected over all days: negative when it went down.
    pub fn impact(&self) -> Amount {
        self.days.iter().fold(Amount::ZERO, |sum, d| sum.saturating_add(d.actual.saturating_sub(d.expected)))
    }
}
