//! An anomaly: days of a series that do not fit its habits.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::series::Scope;
use crate::{Amount, Currency, Day};

/// Which way the cost went.
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

/// Which habit of a series a day broke.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokenPattern {
    /// The level: the day stands out by itself.
    #[default]
    Level,
    /// The weekday: the day would fit another one, such as a Sunday that costs like a Monday.
    Weekday,
    /// The day of the month: its fee is missing or another.
    Month,
    /// The level over several days: each alone could be chance, together they can't.
    Sustained,
    /// The size of amounts of a series that costs something on some days only.
    Amount,
    /// Silence: there was no cost before.
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

    /// For people, after "broke".
    pub const fn label(self) -> &'static str {
        match self {
            Self::Level => "the level",
            Self::Weekday => "the weekday's habit",
            Self::Month => "the habit of this day of the month",
            Self::Sustained => "the level, over several days",
            Self::Amount => "the usual size of its amounts",
            Self::Silence => "silence: nothing was charged before",
        }
    }
}

/// One day that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnomalousDay {
    /// The day.
    pub day: Day,
    /// What the series' habits said it would cost.
    pub expected: Amount,
    /// The lower end of what is usual.
    pub low: Amount,
    /// The upper end of what is usual.
    pub high: Amount,
    /// What it cost.
    pub actual: Amount,
    /// The distance from expected in units of the series' own noise.
    pub score: f64,
    /// Which habit it broke.
    #[serde(default)]
    pub pattern: BrokenPattern,
    /// How many days were judged together.
    #[serde(default)]
    pub together: u32,
}

/// A run of days of one scope that do not fit, all in one direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anomaly {
    /// What it was found in.
    pub scope: Scope,
    /// Whether the scope is a leaf: no finer series exists below it.
    pub leaf: bool,
    /// The currency of every amount.
    pub currency: Currency,
    /// Which way.
    pub direction: Direction,
    /// The days, oldest first; never empty.
    pub days: Vec<AnomalousDay>,
    /// Whether it is still so on the last day that was judged.
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
