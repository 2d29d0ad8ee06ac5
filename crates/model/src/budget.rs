//! Budgets: spend against an amount for a period.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::hash::{keyed_hash, sha256};
use crate::{Amount, Basis, Currency, Day, DayRange, Money, Totals};

/// The period of a budget.
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
    /// A number of days, once or repeated.
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

/// The calendar of a budget: which days a period has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BudgetCalendar {
    /// Periods of 1, 3 or 12 months, counted from the start of the fiscal year.
    Months {
        /// The number of months.
        months: u8,
        /// The month in which a fiscal year starts, 1 to 12.
        fiscal_start: u8,
    },
    /// One period of these days.
    Once(DayRange),
    /// These days, repeated.
    Repeated(DayRange),
}

impl BudgetCalendar {
    /// Calendar months.
    pub const MONTHLY: Self = Self::Months { months: 1, fiscal_start: 1 };

    /// The period that contains a day. A one-time budget always has its only period.
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

    /// The period before the one that contains a day; `None` for a one-time budget.
    pub fn before(self, day: Day) -> Option<DayRange> {
        match self {
            Self::Once(_) => None,
            Self::Months { .. } | Self::Repeated(_) => Some(self.around(self.around(day).start.plus(-1))),
        }
    }

    /// The number of periods in a year, as a fraction. It makes the amounts of two budgets comparable.
    pub fn periods_per_year(self) -> (i64, i64) {
        match self {
            Self::Months { months, .. } => (12, i64::from(months.max(1))),
            Self::Once(days) | Self::Repeated(days) => (365, i64::from(days.len().max(1))),
        }
    }
}

/// What a period passes on to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rollover {
    /// Nothing.
    #[default]
    None,
    /// The unspent amount.
    Unused,
    /// The unspent or overspent amount.
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

/// A new amount from a day on, with its author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// The day from which it applies: to the whole period that contains it.
    pub on: Day,
    /// The new amount.
    pub amount: Amount,
    /// The person who amended it.
    pub author: String,
    /// The reason.
    pub reason: Option<String>,
}

/// The state of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetState {
    /// No threshold is crossed.
    OnTrack,
    /// Spend has crossed a threshold, but not the amount.
    Warning,
    /// The forecast is above the amount.
    ForecastOver,
    /// Spend is above the amount.
    Over,
    /// The scope has no charges in the period.
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

/// The figure that a threshold is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThresholdOn {
    /// Spend so far.
    Actual,
    /// The forecast of spend at the end of the period.
    Forecast,
    /// Spend so far against the elapsed part of the amount.
    Pace,
}

impl ThresholdOn {
    /// The spelling in JSON and in ids.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Actual => "actual",
            Self::Forecast => "forecast",
            Self::Pace => "pace",
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Actual => "spend",
            Self::Forecast => "the forecast",
            Self::Pace => "the pace",
        }
    }
}

/// The status of a budget on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetStatus {
    /// The budget's name in the policy file.
    pub name: String,
    /// Its state.
    pub state: BudgetState,
    /// The days of the current period.
    pub period: DayRange,
    /// The last counted day.
    pub as_of: Day,
    /// The currency of every amount below.
    pub currency: Currency,
    /// The amount for the period: the budget's own or its last amendment's, with what was rolled over.
    pub amount: Amount,
    /// The amount that the previous period passed on, included in `amount`; below zero when it overspent.
    #[serde(default)]
    pub rolled_over: Amount,
    /// The amendment that applies.
    #[serde(default)]
    pub amended: Option<Amendment>,
    /// Its parent budget.
    #[serde(default)]
    pub parent: Option<String>,
    /// What may still be spent: the smallest remaining amount of this budget and its parents. Below zero when one is overspent.
    #[serde(default)]
    pub left: Amount,
    /// The cost that is counted.
    pub basis: Basis,
    /// Spent so far.
    pub actual: Amount,
    /// The forecast of spend at the end of the period; `None` with too little history.
    pub forecast: Option<ForecastEnd>,
    /// The probability in percent that the period ends above the amount, by the forecast; `None` without one.
    #[serde(default)]
    pub exceed_percent: Option<u8>,
    /// Pace: spend on complete days in percent of the plan to date; `None` in the first days of a period, which are not
    /// significant.
    #[serde(default)]
    pub pace_percent: Option<i64>,
    /// Thresholds crossed, lowest first.
    pub crossed: Vec<CrossedThreshold>,
    /// Spend in other currencies, converted by the exchange rates of the policy file.
    #[serde(default)]
    pub converted: Vec<Converted>,
    /// Spend in other currencies without an exchange rate: not in `actual`.
    pub not_counted: Totals,
    /// The cost drivers of the difference from the plan to date; `None` without earlier periods to compare with.
    #[serde(default)]
    pub variance: Option<Variance>,
    /// The suggested amount, from its history.
    #[serde(default)]
    pub suggested: Option<SuggestedAmount>,
}

/// The status of every budget for other programs: docs/reference/budget-status.schema.json.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetExport {
    /// The version of this format: 1.
    pub version: u32,
    /// When it was written.
    pub generated_at: Timestamp,
    /// The budgets, in the order of the policy file.
    pub budgets: Vec<BudgetStatus>,
    /// HMAC-SHA256 of the document without this field as canonical JSON, where the writer has a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

impl BudgetExport {
    /// Signs the status.
    ///
    /// # Errors
    ///
    /// When it cannot be written as JSON.
    pub fn signed(self, key: &[u8]) -> Result<Self, serde_json::Error> {
        let plain = Self { signature: None, ..self };
        let signature = keyed_hash(key, &sha256(&plain)?);
        Ok(Self { signature: Some(signature), ..plain })
    }
}

/// Converted spend in another currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Converted {
    /// As charged.
    pub charged: Money,
    /// In the currency of the budget, by the exchange rate of each day.
    pub counted: Amount,
}

/// The difference between spend and plan to date through the last complete day, by cost driver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variance {
    /// The plan to date: the elapsed part of the amount.
    pub planned: Amount,
    /// Spend on the elapsed days.
    pub actual: Amount,
    /// The cost drivers, the largest difference first. Their differences sum to `actual - planned` exactly.
    pub causes: Vec<VarianceCause>,
}

/// One cost driver of a variance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VarianceCause {
    /// A service, an account, or `everything else`.
    pub what: String,
    /// Whether earlier periods have no cost of it.
    #[serde(default)]
    pub new: bool,
    /// Its plan to date, by its share of earlier periods.
    pub planned: Amount,
    /// Spend on it.
    pub actual: Amount,
    /// The id of an incident of this period that explains it.
    pub incident: Option<String>,
}

impl VarianceCause {
    /// For people: `Amazon EC2`, `new: Amazon Redshift`.
    pub fn label(&self) -> String {
        if self.new { format!("new: {}", self.what) } else { self.what.clone() }
    }

    /// Actual minus planned.
    pub fn difference(&self) -> Amount {
        self.actual.saturating_sub(self.planned)
    }
}

/// An amount that is suggested from history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestedAmount {
    /// The amount for one period.
    pub amount: Amount,
    /// The complete periods that it is derived from, oldest first: first day and spend.
    pub history: Vec<(Day, Amount)>,
    /// How it is derived, for people.
    pub how: String,
}

/// The forecast of spend at the end of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastEnd {
    /// The expected amount.
    pub mean: Amount,
    /// The lower end of the 90 % interval.
    pub low: Amount,
    /// The upper end of the 90 % interval.
    pub high: Amount,
}

/// The deviations from the mean of a normal distribution that hold 90 % of it.
const NINETY: f64 = 1.645;

impl ForecastEnd {
    /// The probability in percent that the period ends above an amount: from 1 to 99, unless there is no uncertainty. Each side of the mean
    /// is half of a normal distribution whose 90 % interval ends at `low` and `high`.
    #[expect(clippy::float_arithmetic, reason = "a probability")]
    pub fn percent_above(&self, amount: Amount) -> u8 {
        let away = amount.to_f64() - self.mean.to_f64();
        let end = if away > 0.0 { self.high } else { self.low };
        let deviation = (end.to_f64() - self.mean.to_f64()).abs() / NINETY;
        if deviation <= f64::EPSILON {
            return if away < 0.0 { 100 } else { 0 };
        }
        let percent = 100.0 * (1.0 - normal_below(away / deviation));
        // The cast is of a number between 1 and 99.
        percent.round().clamp(1.0, 99.0) as u8
    }
}

/// The share of a standard normal distribution below `z`. Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17; its
/// error is below 7.5e-8.
#[expect(clippy::float_arithmetic, reason = "a probability")]
fn normal_below(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let series = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let sum = series.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    let above = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * sum;
    if z < 0.0 { above } else { 1.0 - above }
}

impl BudgetStatus {
    /// The state for people. A forecast above the amount is a risk or nearly certain, by its probability.
    pub fn label(&self) -> &'static str {
        match (self.state, self.exceed_percent) {
            (BudgetState::ForecastOver, Some(90..)) => "will exceed",
            (BudgetState::ForecastOver, _) => "at risk",
            (state, _) => state.label(),
        }
    }

    /// The state as the end of a sentence about the budget: `will exceed its amount`.
    pub fn sentence(&self) -> &'static str {
        match (self.state, self.exceed_percent) {
            (BudgetState::ForecastOver, Some(90..)) => "will exceed its amount",
            (BudgetState::ForecastOver, _) => "is at risk",
            (BudgetState::OnTrack, _) => "is on track",
            (BudgetState::Warning, _) => "crossed a threshold",
            (BudgetState::Over, _) => "is over its amount",
            (BudgetState::Unknown, _) => "has no charge that counts",
        }
    }
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
    use crate::hash::has_keyed_hash;

    #[test]
    fn a_signed_status_is_known_by_its_key_and_any_change_is_seen() {
        let at = Timestamp::from_second(1_795_000_000).unwrap();
        let export = BudgetExport { version: 1, generated_at: at, budgets: Vec::new(), signature: None };
        let signed = export.clone().signed(b"key").unwrap();
        let signature = signed.signature.clone().unwrap();
        let has = |export: &BudgetExport, key: &[u8]| has_keyed_hash(key, &sha256(export).unwrap(), &signature);
        assert!(has(&export, b"key") && !has(&export, b"other"));
        assert!(!has(&BudgetExport { version: 2, ..export }, b"key"));
        // Signing again replaces the signature.
        assert_eq!(signed.clone().signed(b"key").unwrap(), signed);
    }

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
    fn the_probability_of_exceeding_follows_the_interval() {
        let end = |mean: i64, low: i64, high: i64| ForecastEnd {
            mean: Amount::whole(mean),
            low: Amount::whole(low),
            high: Amount::whole(high),
        };
        let above = |end: ForecastEnd, amount: i64| end.percent_above(Amount::whole(amount));
        assert_eq!(above(end(30_000, 28_000, 32_000), 30_000), 50);
        assert_eq!(above(end(30_330, 28_486, 32_174), 30_000), 62);
        // The ends of a 90 % interval leave 5 % on each side.
        assert_eq!(above(end(100, 90, 120), 120), 5);
        assert_eq!(above(end(100, 90, 120), 90), 95);
        assert_eq!((above(end(6_258, 5_900, 6_600), 3_600), above(end(10, 9, 11), 1_000)), (99, 1));
        assert_eq!((above(end(10, 10, 10), 9), above(end(10, 10, 10), 10)), (100, 0));
    }

    #[test]
    fn percent_of_nothing_is_unknown() {
        assert_eq!(percent(Amount::whole(5), Amount::ZERO), None);
        assert_eq!(percent(Amount::whole(1), Amount::whole(3)), Some(33));
        assert_eq!(percent(Amount::whole(90_000_000_000_000), Amount::whole(1)), Some(9_000_000_000_000_000));
    }
}
