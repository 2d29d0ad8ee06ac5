//! Periods as text: `last-month`, `2026-10`, `2026-Q3`, `FY2026-Q3`, `last-30-days`, `2026-08..2026-10`.

use std::fmt;
use std::str::FromStr;

use super::calendar::Granularity;
use super::error::{QueryError, suggest};
use super::period::{Comparison, CostPeriod, NamedSpan};
use crate::Day;

const UNITS: [Granularity; 7] = [
    Granularity::Day,
    Granularity::Week,
    Granularity::Month,
    Granularity::Quarter,
    Granularity::Year,
    Granularity::FiscalQuarter,
    Granularity::FiscalYear,
];

/// The most units that a relative period counts.
const MOST_UNITS: u16 = 3660;

impl NamedSpan {
    fn parse(text: &str) -> Option<Self> {
        let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
        let year_of = |text: &str| text.parse::<i16>().ok().filter(|year| digits(text, 4) && *year > 0);
        let quarter_of = |text: &str| match text.as_bytes() {
            [b'Q' | b'q', number @ b'1'..=b'4'] => Some(number - b'0'),
            _ => None,
        };
        if let Some(fiscal) = text.strip_prefix("FY").or_else(|| text.strip_prefix("fy")) {
            return match fiscal.split_once('-') {
                Some((year, quarter)) => Some(Self::FiscalQuarter(year_of(year)?, quarter_of(quarter)?)),
                None => Some(Self::FiscalYear(year_of(fiscal)?)),
            };
        }
        let Some((year, rest)) = text.split_once('-') else { return Some(Self::Year(year_of(text)?)) };
        let year = year_of(year)?;
        if let Some(quarter) = quarter_of(rest) {
            return Some(Self::Quarter(year, quarter));
        }
        if let Some(week) = rest.strip_prefix(['W', 'w']).filter(|week| digits(week, 2)) {
            let monday = jiff::civil::ISOWeekDate::new(year, week.parse().ok()?, jiff::civil::Weekday::Monday).ok()?;
            return Some(Self::Week(Day::from_date(monday.date())));
        }
        match rest.len() {
            2 => text.parse().ok().map(Self::Month),
            5 => text.parse().ok().map(Self::Day),
            _ => None,
        }
    }
}

const HINT: &str = "write 2026-10, 2026-10-05, 2026-Q3, FY2026-Q3, 2026, 2026-W42, a range such as 2026-08..2026-10, last-month, \
                    last-30-days, last-3-months, last-quarter, last-fiscal-quarter, last-year, month-to-date, year-to-date, or all";

impl FromStr for CostPeriod {
    type Err = QueryError;
    fn from_str(text: &str) -> Result<Self, QueryError> {
        let text = text.trim();
        let wrong = || QueryError::form("period", text, HINT);
        if text == "all" {
            return Ok(Self::All);
        }
        if let Some((from, to)) = text.split_once("..") {
            let end = |text: &str| match text.trim() {
                "" => Ok(None),
                text => NamedSpan::parse(text).map(Some).ok_or_else(wrong),
            };
            let (from, to) = (end(from)?, end(to)?);
            return if from.is_none() && to.is_none() { Err(wrong()) } else { Ok(Self::Between(from, to)) };
        }
        if let Some(unit) = text.strip_suffix("-to-date").or_else(|| text.strip_prefix("this-")) {
            return unit_of(unit).map(Self::ToDate).ok_or_else(|| unknown(text));
        }
        if let Some(rest) = text.strip_prefix("last-") {
            let (count, unit) = match rest.split_once('-') {
                Some((count, unit)) if count.bytes().all(|b| b.is_ascii_digit()) => (count.parse().unwrap_or(0), unit),
                _ => (1, rest),
            };
            let unit = unit_of(unit.strip_suffix('s').unwrap_or(unit)).ok_or_else(|| unknown(text))?;
            if count == 0 || count > MOST_UNITS {
                return Err(QueryError::form(
                    "period",
                    text,
                    format!("count 1 to {MOST_UNITS} units, such as last-30-days"),
                ));
            }
            return Ok(Self::Last { count, unit });
        }
        if let Some(span) = NamedSpan::parse(text) {
            return Ok(Self::Named(span));
        }
        Err(if text.starts_with(|c: char| c.is_ascii_digit()) { wrong() } else { unknown(text) })
    }
}

fn unit_of(text: &str) -> Option<Granularity> {
    UNITS.into_iter().find(|unit| unit.to_string() == text)
}

/// The error of an unknown name: the nearest one, where one is near.
fn unknown(text: &str) -> QueryError {
    let names: Vec<String> = UNITS
        .iter()
        .flat_map(|unit| [format!("last-{unit}"), format!("{unit}-to-date"), format!("this-{unit}")])
        .chain(["last-30-days", "last-7-days", "last-3-months", "all"].map(str::to_owned))
        .collect();
    let near = suggest(text, names.iter().map(String::as_str));
    QueryError::form("period", text, if near.starts_with("known") { HINT.to_owned() } else { near })
}

impl fmt::Display for NamedSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::Week(monday) => f.write_str(&Granularity::Week.bucket_name(*monday, 1)),
            Self::Month(month) => write!(f, "{month}"),
            Self::Quarter(year, quarter) => write!(f, "{year:04}-Q{quarter}"),
            Self::Year(year) => write!(f, "{year:04}"),
            Self::FiscalQuarter(year, quarter) => write!(f, "FY{year:04}-Q{quarter}"),
            Self::FiscalYear(year) => write!(f, "FY{year:04}"),
        }
    }
}

impl fmt::Display for CostPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |span: &Option<NamedSpan>| span.map_or(String::new(), |span| span.to_string());
        match self {
            Self::Named(span) => f.pad(&span.to_string()),
            Self::Between(from, to) => f.pad(&format!("{}..{}", end(from), end(to))),
            Self::Last { count: 1, unit } => f.pad(&format!("last-{unit}")),
            Self::Last { count, unit } => f.pad(&format!("last-{count}-{unit}s")),
            Self::ToDate(unit) => f.pad(&format!("{unit}-to-date")),
            Self::All => f.pad("all"),
        }
    }
}

impl FromStr for Comparison {
    type Err = QueryError;
    fn from_str(text: &str) -> Result<Self, QueryError> {
        Ok(match text.trim() {
            "previous" => Self::Previous,
            "previous-year" => Self::PreviousYear,
            other => Self::Period(other.parse::<CostPeriod>().map_err(|error| match error {
                QueryError::Form { text, hint, .. } => {
                    let hint =
                        format!("write previous, previous-year, or a period: {}", hint.trim_start_matches("write "));
                    QueryError::Form { what: "comparison", text, hint }
                }
                other => other,
            })?),
        })
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Previous => f.pad("previous"),
            Self::PreviousYear => f.pad("previous-year"),
            Self::Period(period) => fmt::Display::fmt(period, f),
        }
    }
}

super::serde_by_text!(CostPeriod);
super::serde_by_text!(Comparison);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::period::tests::calendar;
    use super::*;
    use crate::BillingPeriod;

    #[test]
    fn a_wrong_period_says_how_to_write_it() {
        for wrong in [
            "",
            "2026-13",
            "2026-Q5",
            "2026-W60",
            "20261",
            "last-0-days",
            "last-99999-days",
            "..",
            "FY26",
            "2026-1",
            "last-hour",
        ] {
            let error = wrong.parse::<CostPeriod>().unwrap_err().to_string();
            assert!(error.contains("hint: "), "{wrong}: {error}");
        }
        let near = "last-mont".parse::<CostPeriod>().unwrap_err().to_string();
        assert_eq!(near, "`last-mont` is no period\nhint: did you mean `last-month`?");
        let reversed = "2026-10..2026-08".parse::<CostPeriod>().unwrap().days(calendar(1)).unwrap_err().to_string();
        assert!(reversed.contains("ends on or after its first day"), "{reversed}");
        let comparison = "previos".parse::<Comparison>().unwrap_err().to_string();
        assert!(
            comparison.starts_with("`previos` is no comparison\nhint: write previous, previous-year"),
            "{comparison}"
        );
    }

    proptest! {
        #[test]
        fn a_period_reads_back(year in 2000i16..2100, month in 1i8..13, quarter in 1u8..5, count in 1u16..400, unit in 0usize..7) {
            let month = NamedSpan::Month(BillingPeriod::new(year, month).unwrap());
            for period in [
                CostPeriod::Named(month),
                CostPeriod::Named(NamedSpan::FiscalQuarter(year, quarter)),
                CostPeriod::Between(Some(month), Some(NamedSpan::Quarter(2100, quarter))),
                CostPeriod::Between(None, Some(NamedSpan::Year(year))),
                CostPeriod::Last { count, unit: UNITS[unit] },
                CostPeriod::ToDate(UNITS[unit]),
            ] {
                prop_assert_eq!(&period.to_string().parse::<CostPeriod>().unwrap(), &period);
                if let Ok(days) = period.days(calendar(quarter)) {
                    prop_assert!(!days.is_empty());
                    for with in [Comparison::Previous, Comparison::PreviousYear] {
                        let before = period.compared_days(&with, calendar(quarter)).unwrap();
                        prop_assert!(!before.is_empty() && before.end <= days.end);
                    }
                }
            }
        }

        #[test]
        fn reading_never_panics(text in ".{0,24}") {
            if let Ok(period) = text.parse::<CostPeriod>() {
                let _ = period.days(calendar(1));
            }
        }
    }
}
