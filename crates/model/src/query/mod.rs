//! One question about cost: what the command line, the API, pages, reports and chat all ask, and the shape of its answer.
//!
//! A [`CostQuery`] is read from text, from JSON, or from a `view` block of the policy file. It does not name where the answer comes
//! from: the ledger's series and the lake's charges give the same numbers.

mod answer;
mod calendar;
mod error;
mod field;
mod filter;
mod period;
mod period_text;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use self::answer::{
    AnswerPeriod, AnswerSource, Conversion, CostAnswer, CostRow, CostTotal, GroupValue, LeftOut, LeftOutReason,
    TimeBucket, UNKNOWN_HOUR,
};
pub use self::calendar::Granularity;
pub use self::error::{MOST_GROUPINGS, QueryError, suggest};
pub use self::field::CostField;
pub use self::filter::CostFilter;
pub use self::period::{Comparison, CostPeriod, NamedSpan, PeriodCalendar};
use crate::{Basis, Column, Currency};

/// Writes and reads a type as the text that people write.
macro_rules! serde_by_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
use serde_by_text;

/// The cost that is summed.
///
/// # Parsing and printing
///
/// `billed`, `effective` (also `amortized`), `list`, `contracted`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CostMetric {
    /// BilledCost: what the invoice asks for.
    Billed,
    /// EffectiveCost: the amortized cost.
    #[default]
    Effective,
    /// ListCost: at public prices.
    List,
    /// ContractedCost: at negotiated prices, before commitments.
    Contracted,
}

impl CostMetric {
    /// Every metric.
    pub const ALL: [Self; 4] = [Self::Billed, Self::Effective, Self::List, Self::Contracted];

    /// The column of FOCUS that holds it.
    pub const fn column(self) -> Column {
        match self {
            Self::Billed => Column::BilledCost,
            Self::Effective => Column::EffectiveCost,
            Self::List => Column::ListCost,
            Self::Contracted => Column::ContractedCost,
        }
    }

    /// The basis of the ledger's series; `None` for costs that only the charges have.
    pub const fn basis(self) -> Option<Basis> {
        match self {
            Self::Billed => Some(Basis::Billed),
            Self::Effective => Some(Basis::Effective),
            Self::List | Self::Contracted => None,
        }
    }
}

impl FromStr for CostMetric {
    type Err = QueryError;
    fn from_str(text: &str) -> Result<Self, QueryError> {
        let word = match text.trim() {
            "amortized" | "amortised" => "effective",
            word => word,
        };
        let found = Self::ALL.into_iter().find(|metric| metric.to_string() == word);
        found.ok_or_else(|| {
            QueryError::unknown("metric", text, &["billed", "effective", "amortized", "list", "contracted"])
        })
    }
}

impl fmt::Display for CostMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Billed => "billed",
            Self::Effective => "effective",
            Self::List => "list",
            Self::Contracted => "contracted",
        })
    }
}

serde_by_text!(CostMetric);

/// The order of the rows of an answer.
///
/// # Parsing and printing
///
/// `amount`, `change`, `name`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CostOrder {
    /// The largest cost first.
    #[default]
    Amount,
    /// The largest change first, up or down. Without a comparison, as [`CostOrder::Amount`].
    Change,
    /// By the values of the groupings.
    Name,
}

const ORDERS: [(&str, CostOrder); 3] =
    [("amount", CostOrder::Amount), ("change", CostOrder::Change), ("name", CostOrder::Name)];

impl FromStr for CostOrder {
    type Err = QueryError;
    fn from_str(text: &str) -> Result<Self, QueryError> {
        let found = ORDERS.iter().find(|(name, _)| *name == text.trim()).map(|(_, order)| *order);
        found.ok_or_else(|| QueryError::unknown("order", text, &ORDERS.map(|(name, _)| name)))
    }
}

impl fmt::Display for CostOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(ORDERS.iter().find(|(_, order)| order == self).map_or("", |(name, _)| *name))
    }
}

serde_by_text!(CostOrder);

/// The currency of an answer.
///
/// # Parsing and printing
///
/// `policy`, `keep`, or a currency code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CurrencyChoice {
    /// By the exchange rates of the policy file, where it has some: into its default currency, otherwise into that of the largest cost.
    #[default]
    Policy,
    /// Each currency apart.
    Keep,
    /// Into a currency, by the rate of each day.
    Into(Currency),
}

impl FromStr for CurrencyChoice {
    type Err = QueryError;
    fn from_str(text: &str) -> Result<Self, QueryError> {
        match text.trim() {
            "policy" => Ok(Self::Policy),
            "keep" => Ok(Self::Keep),
            code => code.parse().map(Self::Into).map_err(|_| {
                QueryError::form(
                    "currency",
                    text,
                    "write a currency code such as EUR, or `keep` to keep currencies apart",
                )
            }),
        }
    }
}

impl fmt::Display for CurrencyChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy => f.pad("policy"),
            Self::Keep => f.pad("keep"),
            Self::Into(currency) => fmt::Display::fmt(currency, f),
        }
    }
}

serde_by_text!(CurrencyChoice);

/// One question about cost.
///
/// # Valid values
///
/// At most three different groupings; dimensions that the policy file has. [`CostQuery::check`] verifies both.
///
/// # Parsing
///
/// Each part has a text form; [`CostGroupings`] reads `team,service`.
///
/// ```
/// use tollgate_model::query::{CostGroupings, CostQuery};
/// let by: CostGroupings = "team,service".parse().unwrap();
/// let query = CostQuery { group_by: by.0, period: "last-month".parse().unwrap(), ..CostQuery::default() };
/// assert_eq!(query.describe(), "effective cost of last-month by team and service");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CostQuery {
    /// The cost that is summed.
    pub metric: CostMetric,
    /// The period.
    pub period: CostPeriod,
    /// With what the period is compared.
    pub compare: Option<Comparison>,
    /// The buckets of time.
    pub granularity: Granularity,
    /// At most three fields; the total without any.
    pub group_by: Vec<CostField>,
    /// Conditions that a charge must meet, all of them.
    pub filters: Vec<CostFilter>,
    /// The order of the rows.
    pub order: CostOrder,
    /// How many groups are listed; the others are one row.
    pub top: Option<u32>,
    /// The currency of the answer.
    pub currency: CurrencyChoice,
}

impl Default for CostQuery {
    fn default() -> Self {
        Self {
            metric: CostMetric::default(),
            period: CostPeriod::ToDate(Granularity::Month),
            compare: None,
            granularity: Granularity::default(),
            group_by: Vec::new(),
            filters: Vec::new(),
            order: CostOrder::default(),
            top: None,
            currency: CurrencyChoice::default(),
        }
    }
}

impl CostQuery {
    /// Verifies groupings and dimensions.
    ///
    /// # Errors
    ///
    /// When there are too many groupings, one twice, or a dimension that the policy file does not have.
    pub fn check(&self, dimensions: &[&str]) -> Result<(), QueryError> {
        if self.group_by.len() > MOST_GROUPINGS {
            return Err(QueryError::TooManyGroupings(self.group_by.len()));
        }
        for (number, field) in self.group_by.iter().enumerate() {
            if self.group_by[..number].contains(field) {
                return Err(QueryError::Repeated(field.to_string()));
            }
        }
        self.fields().try_for_each(|field| field.check(dimensions))
    }

    /// The same query on the fields as the policy file has them; see [`CostField::resolved`].
    #[must_use]
    pub fn resolved(&self, dimensions: &[&str]) -> Self {
        Self {
            group_by: self.group_by.iter().map(|field| field.resolved(dimensions)).collect(),
            filters: self.filters.iter().map(|filter| filter.resolved(dimensions)).collect(),
            ..self.clone()
        }
    }

    /// Every field that the query groups or filters by.
    pub fn fields(&self) -> impl Iterator<Item = &CostField> {
        self.group_by.iter().chain(self.filters.iter().map(|filter| &filter.field))
    }

    /// For people: `effective cost of last-month by team and service, account=prod`.
    pub fn describe(&self) -> String {
        let by: Vec<String> = self.group_by.iter().map(CostField::label).collect();
        let by = match by.as_slice() {
            [] => String::new(),
            [one] => format!(" by {one}"),
            [first @ .., last] => format!(" by {} and {last}", first.join(", ")),
        };
        let filters: String = self.filters.iter().map(|filter| format!(", {filter}")).collect();
        format!("{} cost of {}{by}{filters}", self.metric, self.period)
    }
}

/// Groupings as people write them: `team,service`, or `total` for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CostGroupings(pub Vec<CostField>);

impl FromStr for CostGroupings {
    type Err = QueryError;
    fn from_str(text: &str) -> Result<Self, QueryError> {
        field::parse_fields(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_reads_back_from_json_and_unknown_fields_are_errors() {
        let text = r#"{"metric":"amortised","period":"2026-Q3","compare":"previous","group_by":["team","tag:owner"],"filters":["account=prod"],"top":5,"currency":"EUR"}"#;
        let query: CostQuery = serde_json::from_str(text).unwrap();
        assert_eq!((query.metric, query.granularity, query.top), (CostMetric::Effective, Granularity::Total, Some(5)));
        let written = serde_json::to_string(&query).unwrap();
        assert_eq!(serde_json::from_str::<CostQuery>(&written).unwrap(), query);
        assert_eq!(query.describe(), "effective cost of 2026-Q3 by team and tag owner, account=prod");
        let error = serde_json::from_str::<CostQuery>(r#"{"metrics":"billed"}"#).unwrap_err().to_string();
        assert!(error.contains("unknown field `metrics`"), "{error}");
        let error = serde_json::from_str::<CostQuery>(r#"{"metric":"bild"}"#).unwrap_err().to_string();
        assert!(error.contains("did you mean `billed`?"), "{error}");
    }

    #[test]
    fn a_query_from_json_is_verified_too() {
        let query = |group_by: &[&str]| CostQuery {
            group_by: group_by.iter().map(|f| f.parse().unwrap()).collect(),
            filters: vec!["team=a".parse().unwrap()],
            ..CostQuery::default()
        };
        assert_eq!(query(&["service", "team"]).check(&["team"]), Ok(()));
        assert!(query(&["service"]).check(&[]).unwrap_err().to_string().contains("`team`"));
        assert_eq!(query(&["service", "service"]).check(&["team"]), Err(QueryError::Repeated("service".to_owned())));
        let four = query(&["service", "region", "account", "kind"]);
        assert_eq!(four.check(&["team"]), Err(QueryError::TooManyGroupings(4)));
    }

    #[test]
    fn a_currency_is_kept_converted_or_as_the_policy_says() {
        for text in ["policy", "keep", "EUR"] {
            assert_eq!(text.parse::<CurrencyChoice>().unwrap().to_string(), text);
        }
        assert!("euros".parse::<CurrencyChoice>().is_err());
    }
}
