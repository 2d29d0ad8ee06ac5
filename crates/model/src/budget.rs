//! Budgets: how an amount for a period stands.

use serde::{Deserialize, Serialize};

use crate::{Amount, Basis, Currency, Day, DayRange, Money, Totals};

/// How often a budget starts anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BudgetPeriod {
    /// A calendar month.
    #[default]
    Monthly,
    /// Three months, counted from the start of the fiscal year.
    Quarterly,
    /// Twelve months, from the start of the fiscal year.
    Yearly,
    /// Days of its own, once or again and again.
    Custom,
}

impl BudgetPeriod {
    /// Every period.
    pub const ALL: [Self; 4] = [Self::Monthly, Self::Quarterly, Self::Yearly, Self::Custom];

    /// The spelling of the policy file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Yearly => "yearly",
            Self::Custom => "custom",
        }
    }
}

/// Which days one period of a budget has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BudgetCalendar {
    /// Some months, from a month of the year on: 1, 3 or 12.
    Months {
        /// How many.
        months: u8,
        /// The month in which a fiscal year starts, 1 to 12.
        fiscal_start: u8,
    },
    /// These days, and nothing after them.
    Once(DayRange),
    /// These days, then as many again, and again.
    Repeated(DayRange),
}

impl BudgetCalendar {
    /// Calendar months.
    pub const MONTHLY: Self = Self::Months { months: 1, fiscal_start: 1 };

    /// The days of the period that holds a day. A budget that stands once has its only period, whatever the day.
    pub fn around(self, day: Day) -> DayRange {
        match self {
            Self::Months { months, fiscal_start } => {
                let (months, start) = (i32::from(months.max(1)), i32::from(fiscal_start));
                let mut first = day.month();
                while (i32::from(first.month()) - start).rem_euclid(months) != 0 {
                    first = first.previous();
                }
                let end = (0..months).fold(first, |m, _| m.next());
                DayRange { start: first.first_day(), end: end.first_day() }
            }
            Self::Once(days) => days,
            Self::Repeated(days) => {
                let length = days.len().max(1);
                let start = days.start.plus((day - days.start).div_euclid(length) * length);
                DayRange { start, end: start.plus(length) }
            }
        }
    }

    /// The period before the one that holds a day; `None` where there is none.
    pub fn before(self, day: Day) -> Option<DayRange> {
        match self {
            Self::Once(_) => None,
            Self::Months { .. } | Self::Repeated(_) => Some(self.around(self.around(day).start.plus(-1))),
        }
    }

    /// Periods of a year, as a fraction: what makes amounts of two budgets comparable.
    pub fn periods_per_year(self) -> (i64, i64) {
        match self {
            Self::Months { months, .. } => (12, i64::from(months.max(1))),
            Self::Once(days) | Self::Repeated(days) => (365, i64::from(days.len().max(1))),
        }
    }
}

/// What a period hands to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rollover {
    /// Nothing.
    #[default]
    None,
    /// What was not spent.
    Unused,
    /// What was not spent, or what was spent too much.
    All,
}

impl Rollover {
    /// The spelling of the policy file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unused => "unused",
            Self::All => "all",
        }
    }
}

/// Another amount from a day on, and who said so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// The day from which it holds: for the whole period that holds it.
    pub on: Day,
    /// The new amount.
    pub amount: Amount,
    /// Who amended it.
    pub author: String,
    /// Why.
    pub reason: Option<String>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CrossedThreshold {
    /// Percent of the amount.
    pub percent: u32,
    /// What crossed it.
    pub on: ThresholdOn,
}

/// What a threshold looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThresholdOn {
    /// What was spent.
    Actual,
    /// What will have been spent by the end of the period.
    Forecast,
    /// What was spent, beside what the elapsed part of the period would have.
    Pace,
}

impl ThresholdOn {
    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Actual => "what was spent",
            Self::Forecast => "the forecast",
            Self::Pace => "the pace",
        }
    }
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
    /// The amount for the period: the budget's own or its last amendment's, with what was rolled over.
    pub amount: Amount,
    /// What the period before handed on, in `amount` already; below zero when it spent too much.
    #[serde(default)]
    pub rolled_over: Amount,
    /// The amendment that holds.
    #[serde(default)]
    pub amended: Option<Amendment>,
    /// The budget that bounds it.
    #[serde(default)]
    pub parent: Option<String>,
    /// What may still be spent: the least that it and every budget above it have left. Below zero when one is over.
    #[serde(default)]
    pub left: Amount,
    /// Which cost is counted.
    pub basis: Basis,
    /// Spent so far.
    pub actual: Amount,
    /// Expected by the end of the period; `None` when there is too little history to say.
    pub forecast: Option<ForecastEnd>,
    /// What was spent on complete days, in percent of what the same part of the amount would be; `None` at the start of a
    /// period, when a day says nothing yet.
    #[serde(default)]
    pub pace_percent: Option<i64>,
    /// Thresholds crossed, lowest first.
    pub crossed: Vec<CrossedThreshold>,
    /// Spent in other currencies and counted by the rates of the policy file.
    #[serde(default)]
    pub converted: Vec<Converted>,
    /// Spent in other currencies for which no rate is known: not in `actual`.
    pub not_counted: Totals,
    /// Why it is above or below what the elapsed part of the period would have; `None` without earlier periods to compare with.
    #[serde(default)]
    pub variance: Option<Variance>,
    /// What its history says that the amount should be.
    #[serde(default)]
    pub suggested: Option<SuggestedAmount>,
}

/// How every budget stands, as other programs read it: docs/reference/budget-status.schema.json.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetExport {
    /// The shape of the rest: 1.
    pub version: u32,
    /// When it was written, as an RFC 3339 instant.
    pub generated_at: String,
    /// The budgets, in the order of the policy file.
    pub budgets: Vec<BudgetStatus>,
}

/// A part of what was spent, in another currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Converted {
    /// As charged.
    pub charged: Money,
    /// In the budget's currency, by the rate of each day.
    pub counted: Amount,
}

/// How far a budget is from its plan through the last complete day, and which parts make the difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variance {
    /// The part of the amount that the elapsed days would have.
    pub planned: Amount,
    /// What was spent on them.
    pub actual: Amount,
    /// The parts, the largest difference first. They sum to `actual - planned` exactly.
    pub causes: Vec<VarianceCause>,
}

/// A part of a variance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VarianceCause {
    /// What it is: a service, `new: Amazon Redshift`, or `everything else`.
    pub what: String,
    /// Its part of the plan, by its share of earlier periods.
    pub planned: Amount,
    /// What was spent on it.
    pub actual: Amount,
    /// An incident of this period that lies in it.
    pub incident: Option<String>,
}

impl VarianceCause {
    /// Actual minus planned.
    pub fn difference(&self) -> Amount {
        self.actual.saturating_sub(self.planned)
    }
}

/// An amount that history recommends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestedAmount {
    /// For one period.
    pub amount: Amount,
    /// Complete periods that it is taken from, oldest first: each one's first day and what was spent.
    pub history: Vec<(Day, Amount)>,
    /// How it was found, for people.
    pub how: String,
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
        let months =
            |months, fiscal_start| BudgetCalendar::Months { months, fiscal_start }.around(day).start.to_string();
        assert_eq!(months(1, 1), "2026-11-01");
        assert_eq!(months(3, 1), "2026-10-01");
        assert_eq!(months(12, 1), "2026-01-01");
        assert_eq!((months(3, 2), months(12, 4)), ("2026-11-01".to_owned(), "2026-04-01".to_owned()));
        let two_weeks = DayRange { start: "2026-11-02".parse().unwrap(), end: "2026-11-16".parse().unwrap() };
        let again = BudgetCalendar::Repeated(two_weeks);
        assert_eq!(again.around(day).start.to_string(), "2026-11-16");
        assert_eq!(again.before(day), Some(two_weeks));
        assert_eq!(again.around("2026-11-01".parse().unwrap()).start.to_string(), "2026-10-19");
        assert_eq!(BudgetCalendar::Once(two_weeks).around(day), two_weeks);
        assert_eq!(BudgetCalendar::Once(two_weeks).before(day), None);
    }

    #[test]
    fn percent_of_nothing_is_unknown() {
        assert_eq!(percent(Amount::whole(5), Amount::ZERO), None);
        assert_eq!(percent(Amount::whole(1), Amount::whole(3)), Some(33));
        assert_eq!(percent(Amount::whole(90_000_000_000_000), Amount::whole(1)), Some(9_000_000_000_000_000));
    }
}
