//! The answer to a cost query: rows that add up to their totals, and what is left out.

use serde::{Deserialize, Serialize};

use super::{CostField, CostQuery};
use crate::{Amount, Currency, Day};

/// The answer to a [`CostQuery`].
///
/// # Valid values
///
/// The amounts of the rows of a currency add up to its total, to the last digit, in each bucket and in the compared period. Groups
/// beyond the listed ones are a row of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostAnswer {
    /// The question.
    pub query: CostQuery,
    /// Where the numbers come from. It does not change them.
    pub source: AnswerSource,
    /// The days of the period.
    pub period: AnswerPeriod,
    /// The days with which it is compared.
    pub compared_with: Option<AnswerPeriod>,
    /// The buckets of time, oldest first; none for the whole period.
    pub buckets: Vec<TimeBucket>,
    /// The groups of each currency in the order of the query, and last the sum of the groups that are not listed.
    pub rows: Vec<CostRow>,
    /// The total of each currency, largest first.
    pub totals: Vec<CostTotal>,
    /// What the totals do not contain.
    pub left_out: Vec<LeftOut>,
    /// Which currencies were converted.
    pub conversion: Option<Conversion>,
}

/// Where the numbers of an answer come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerSource {
    /// The daily series of the ledger.
    Ledger,
    /// The charges of the lake.
    Lake,
}

/// A period of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerPeriod {
    /// As it was named: `last-month`.
    pub name: String,
    /// The first day.
    pub first_day: Day,
    /// The last day.
    pub last_day: Day,
    /// How many days.
    pub days: u32,
    /// The newest day with complete charges, where the period ends after it: its cost will still rise.
    pub complete_through: Option<Day>,
    /// The first day with charges, where the period starts before it: the days before are unknown.
    pub charges_since: Option<Day>,
}

/// The name of the bucket of charges whose hours are unknown, because they cover more than one.
pub const UNKNOWN_HOUR: &str = "hour unknown";

/// A bucket of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeBucket {
    /// `2026-10`, `2026-W42`, `2026-10-05T13:00:00Z`. Charges that cover more than an hour are in the last bucket, [`UNKNOWN_HOUR`].
    pub name: String,
    /// The first day of the bucket inside of the period.
    pub first_day: Day,
    /// The last day of the bucket inside of the period.
    pub last_day: Day,
}

impl TimeBucket {
    /// Whether it holds the charges whose hours are unknown.
    pub fn is_unknown_hour(&self) -> bool {
        self.name == UNKNOWN_HOUR
    }
}

/// The value of a field in a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GroupValue {
    /// The field.
    pub field: CostField,
    /// The value; null for charges without one.
    pub value: Option<String>,
    /// The name of an account.
    pub name: Option<String>,
}

impl GroupValue {
    /// For people: the name or value, or `(no team)`.
    pub fn label(&self) -> String {
        let known = self.name.as_ref().or(self.value.as_ref());
        known.cloned().unwrap_or_else(|| format!("(no {})", self.field.label()))
    }
}

/// The cost of a group in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostRow {
    /// The value of each grouping, in their order; none for the total and for the sum of other groups.
    pub group: Vec<GroupValue>,
    /// For the sum of the groups that are not listed: how many they are.
    pub other: Option<u32>,
    /// The currency of every amount.
    pub currency: Currency,
    /// The cost of the period.
    pub amount: Amount,
    /// The cost of the compared period.
    pub before: Option<Amount>,
    /// By how much the cost changed.
    pub change: Option<Amount>,
    /// The cost of each bucket; null where it is unknown: charges of whole days say nothing about an hour.
    pub buckets: Vec<Option<Amount>>,
}

impl CostRow {
    /// For people: `checkout / Amazon EC2`, `12 others`, `total`.
    pub fn label(&self) -> String {
        match (self.other, self.group.as_slice()) {
            (Some(1), _) => "1 other".to_owned(),
            (Some(count), _) => format!("{count} others"),
            (None, []) => "total".to_owned(),
            (None, group) => group.iter().map(GroupValue::label).collect::<Vec<_>>().join(" / "),
        }
    }
}

/// The total of a currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostTotal {
    /// The currency.
    pub currency: Currency,
    /// The cost of the period.
    pub amount: Amount,
    /// The cost of the compared period.
    pub before: Option<Amount>,
    /// By how much the cost changed.
    pub change: Option<Amount>,
    /// The cost of each bucket; null where it is unknown.
    pub buckets: Vec<Option<Amount>>,
    /// The number of groups, listed or not.
    pub groups: u32,
}

/// Charges that the totals do not contain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Why.
    pub reason: LeftOutReason,
    /// The currency.
    pub currency: Currency,
    /// How many charges.
    pub charges: u64,
    /// Their effective cost.
    pub effective_cost: Amount,
}

/// Why charges are not in the totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutReason {
    /// They have no list or contracted cost: an unknown cost is not zero.
    MetricUnknown,
}

/// Currencies that were converted by the rate of each day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// The currency of the answer.
    pub into: Currency,
    /// The currencies that were converted into it.
    pub converted: Vec<Currency>,
    /// The currencies that have no rate for some of their days: they stay as they are.
    pub without_rate: Vec<Currency>,
}
