//! Budgets: how an amount for a period stands.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Amount, Basis, Currency, Day, DayRange, Totals};

/// How often a budget starts anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BudgetPeriod {
    /// A calendar month.
    #[default]
    Monthly,
    /// January, April, July and October start one.
    Quarterly,
    /// A calendar year.
    Yearly,
}

impl BudgetPeriod {
    /// Every period.
    pub const ALL: [Self; 3] = [Self::Monthly, Self::Quarterly, Self::Yearly];

    /// The spelling of the policy file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Yearly => "yearly",
        }
    }

    /// The days of the period that holds a day.
    pub fn around(self, day: Day) -> DayRange {
        let months = match self {
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::Yearly => 12,
        };
        let mut first = day.month();
        while (first.month() - 1) % months != 0 {
            first = first.previous();
        }
        let end = (0..months).fold(first, |m, _| m.next());
        DayRange { start: first.first_day(), end: end.first_day() }
    }
}

impl FromStr for BudgetPeriod {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|p| p.as_str() == s).ok_or(())
    }
}

impl fmt::Display for BudgetPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a budget stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetState {
    /// Nothing to say.
    OnTrack,
    /// A threshold on what was spent has been crossed, the amount not yet.
    Warning,
    /// The forecast says that the amount will not do.
    ForecastOver,
    /// The amount is spent.
    Over,
    /// No charge of the scope is known for the period.
    Unknown,
}

impl BudgetState {
    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::OnTrack => "on track",
            Self::Warning => "warning",
            Self::ForecastOver => "forecast over",
            Self::Over => "over",
            Self::Unknown => "unknown",
        }
    }
}

/// A threshold that was crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrossedThreshold {
    /// Percent of the amount.
    pub percent: u32,
    /// Whether what was spent, or what is forecast, crossed it.
    pub on: ThresholdOn,
}

/// What a threshold looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThresholdOn {
    /// What was spent.
    Actual,
    /// What will have been spent by the end of the period.
    Forecast,
}

/// How a budget stands on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetStatus {
    /// The budget's name in the policy file.
    pub name: String,
    /// How it stands.
    pub state: BudgetState,
    /// The days of the current period.
    pub period: DayRange,
    /// The last day whose charges are counted.
    pub as_of: Day,
    /// The currency of every amount below.
    pub currency: Currency,
    /// The amount for the period.
    pub amount: Amount,
    /// Which cost is counted.
    pub basis: Basis,
    /// Spent so far.
    pub actual: Amount,
    /// Expected by the end of the period; `None` when there is too little history to say.
    pub forecast: Option<ForecastEnd>,
    /// Thresholds crossed, lowest first.
    pub crossed: Vec<CrossedThreshold>,
    /// Spent in other currencies, which the amount cannot be compared with.
    pub not_counted: Totals,
}

/// What will have been spent by the end of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastEnd {
    /// The expected amount.
    pub mean: Amount,
    /// The lower end of the 90 % interval.
    pub low: Amount,
    /// The upper end of the 90 % interval.
    pub high: Amount,
}

/// `part` in whole percent of `whole`, rounded down; `None` when `whole` is not above zero.
pub fn percent(part: Amount, whole: Amount) -> Option<i64> {
    if whole <= Amount::ZERO {
        return None;
    }
    // Two digits fewer than an amount may have, so that a hundredfold fits.
    let (part, whole) = (part.units() / 1_000, whole.units() / 1_000);
    (whole != 0).then(|| i64::try_from(part.saturating_mul(100).div_euclid(whole)).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_start_where_the_calendar_says() {
        let day: Day = "2026-11-21".parse().unwrap();
        let of = |p: BudgetPeriod| p.around(day).start.to_string();
        assert_eq!(of(BudgetPeriod::Monthly), "2026-11-01");
        assert_eq!(of(BudgetPeriod::Quarterly), "2026-10-01");
        assert_eq!(of(BudgetPeriod::Yearly), "2026-01-01");
    }

    #[test]
    fn percent_of_nothing_is_unknown() {
        assert_eq!(percent(Amount::whole(5), Amount::ZERO), None);
        assert_eq!(percent(Amount::whole(1), Amount::whole(3)), Some(33));
        assert_eq!(percent(Amount::whole(90_000_000_000_000), Amount::whole(1)), Some(9_000_000_000_000_000));
    }
}
