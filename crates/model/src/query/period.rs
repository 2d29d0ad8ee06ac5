//! Periods of a cost query: `last-month`, `2026-10`, `2026-Q3`, `FY2026-Q3`, `last-30-days`, `2026-08..2026-10`.

use std::fmt;
use std::str::FromStr;

use super::calendar::{Granularity, fiscal_year_start, plus_months, whole_months};
use super::error::QueryError;
use crate::{BillingPeriod, BudgetCalendar, Day, DayRange};

/// A period of time, by name or by its days.
///
/// # Parsing and printing
///
/// A day, month, quarter, fiscal quarter, year or fiscal year (`2026-10-05`, `2026-10`, `2026-Q3`, `FY2026-Q3`, `2026`, `FY2026`), an ISO
/// week (`2026-W42`), a range of these (`2026-08..2026-10`, both ends included, either may be absent), `last-month`, `last-3-months`,
/// `month-to-date` and the same of `day`, `week`, `quarter`, `year`, `fiscal-quarter`, `fiscal-year`, or `all`.
///
/// `last-30-days` are the newest days with complete charges. Other names count from today. A fiscal year has the number of the calendar
/// year in which it ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CostPeriod {
    /// Calendar time.
    Named(NamedSpan),
    /// From the start of one span to the end of another; an absent end is that of the charges.
    Between(Option<NamedSpan>, Option<NamedSpan>),
    /// Whole units before the current one; days are the newest complete ones.
    Last {
        /// How many.
        count: u16,
        /// Which.
        unit: Granularity,
    },
    /// The current unit up to the newest complete day.
    ToDate(Granularity),
    /// Every day with charges.
    All,
}

/// One span of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NamedSpan {
    /// A day.
    Day(Day),
    /// The ISO week that starts on a Monday.
    Week(Day),
    /// A month.
    Month(BillingPeriod),
    /// A quarter of a calendar year, 1 to 4.
    Quarter(i16, u8),
    /// A calendar year.
    Year(i16),
    /// A quarter of a fiscal year, 1 to 4.
    FiscalQuarter(i16, u8),
    /// A fiscal year.
    FiscalYear(i16),
}

/// What names of periods depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeriodCalendar {
    /// The current day, UTC.
    pub today: Day,
    /// The first day with charges.
    pub first: Day,
    /// The newest day with complete charges.
    pub newest: Day,
    /// The month in which a fiscal year starts, 1 to 12.
    pub fiscal_start: u8,
}

/// With what a period is compared.
///
/// # Parsing and printing
///
/// `previous`, `previous-year`, or any period.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// The period before of the same length: the month before a month, the same days of the month before for a month to date.
    Previous,
    /// The same period one year earlier.
    PreviousYear,
    /// Another period.
    Period(CostPeriod),
}

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

impl CostPeriod {
    /// The days of the period, the end excluded.
    ///
    /// # Errors
    ///
    /// When a range ends before it starts, or leaves the calendar.
    pub fn days(&self, calendar: PeriodCalendar) -> Result<DayRange, QueryError> {
        let beyond = || QueryError::form("period", &self.to_string(), "its days are outside of the calendar");
        match self {
            Self::Named(span) => span.days(calendar.fiscal_start).ok_or_else(beyond),
            Self::Between(from, to) => {
                let day_of = |span: &Option<NamedSpan>| match span {
                    Some(span) => span.days(calendar.fiscal_start).ok_or_else(beyond).map(Some),
                    None => Ok(None),
                };
                let start = day_of(from)?.map_or(calendar.first, |days| days.start);
                let end = day_of(to)?.map_or(calendar.newest.plus(1).max(start), |days| days.end);
                if start >= end {
                    return Err(QueryError::form(
                        "period",
                        &self.to_string(),
                        "a range ends on or after its first day",
                    ));
                }
                Ok(DayRange { start, end })
            }
            Self::Last { count, unit: Granularity::Day } => {
                let end = calendar.newest.plus(1);
                Ok(DayRange { start: end.plus(-i32::from(*count)), end })
            }
            Self::Last { count, unit } => {
                let current = unit.bucket(calendar.today, calendar.fiscal_start).ok_or_else(beyond)?;
                let back = |start: Day| unit.bucket(start.plus(-1), calendar.fiscal_start).map_or(start, |b| b.start);
                Ok(DayRange { start: (0..*count).fold(current.start, |start, _| back(start)), end: current.start })
            }
            Self::ToDate(unit) => {
                let current = unit.bucket(calendar.today, calendar.fiscal_start).ok_or_else(beyond)?;
                // Without a complete day yet, the unit begins with an unfinished one.
                let end = calendar.newest.plus(1).clamp(current.start.plus(1), current.end);
                Ok(DayRange { start: current.start, end })
            }
            Self::All => {
                Ok(DayRange { start: calendar.first, end: calendar.newest.plus(1).max(calendar.first.plus(1)) })
            }
        }
    }

    /// The days with which a comparison compares.
    ///
    /// # Errors
    ///
    /// As [`CostPeriod::days`].
    pub fn compared_days(&self, with: &Comparison, calendar: PeriodCalendar) -> Result<DayRange, QueryError> {
        let days = self.days(calendar)?;
        match with {
            Comparison::Period(period) => period.days(calendar),
            Comparison::PreviousYear => Ok(match self {
                // The same weekdays.
                Self::Named(NamedSpan::Week(_)) | Self::Last { unit: Granularity::Week, .. } => {
                    DayRange { start: days.start.plus(-364), end: days.end.plus(-364) }
                }
                _ => {
                    let start = plus_months(days.start, -12);
                    let whole = whole_months(days).is_some();
                    let end = if whole { plus_months(days.end, -12) } else { start.plus(days.len()) };
                    DayRange { start, end }
                }
            }),
            Comparison::Previous => Ok(self.previous(days, calendar)),
        }
    }

    fn previous(&self, days: DayRange, calendar: PeriodCalendar) -> DayRange {
        if let Self::ToDate(unit) = self
            && let Some(before) = unit.bucket(days.start.plus(-1), calendar.fiscal_start)
        {
            // As many days of the unit before; a shorter month ends the comparison.
            let end = before.start.plus(days.len()).min(before.end);
            return DayRange { start: before.start, end };
        }
        match whole_months(days) {
            Some(months) => DayRange { start: plus_months(days.start, -months), end: days.start },
            None => DayRange { start: days.start.plus(-days.len()), end: days.start },
        }
    }
}

impl NamedSpan {
    fn days(self, fiscal_start: u8) -> Option<DayRange> {
        let months = |first: BillingPeriod, months: u8| DayRange {
            start: first.first_day(),
            end: (0..months).fold(first, |m, _| m.next()).first_day(),
        };
        let days = match self {
            Self::Day(day) => DayRange { start: day, end: day.plus(1) },
            Self::Week(monday) => DayRange { start: monday, end: monday.plus(7) },
            Self::Month(month) => month.days(),
            Self::Quarter(year, quarter) => {
                months(BillingPeriod::new(year, i8::try_from(quarter).ok()?.checked_mul(3)? - 2)?, 3)
            }
            Self::Year(year) => months(BillingPeriod::new(year, 1)?, 12),
            Self::FiscalQuarter(year, quarter) => {
                let first = (1..quarter).fold(fiscal_year_start(year, fiscal_start)?, |m, _| m.next().next().next());
                BudgetCalendar::Months { months: 3, fiscal_start }.around(first.first_day())
            }
            Self::FiscalYear(year) => months(fiscal_year_start(year, fiscal_start)?, 12),
        };
        // The calendar ends with the year 9999.
        Some(days).filter(|days| !days.is_empty())
    }

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
    let near = super::error::suggest(text, names.iter().map(String::as_str));
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

    use super::*;

    fn calendar(fiscal_start: u8) -> PeriodCalendar {
        let day = |text: &str| text.parse().unwrap();
        PeriodCalendar { today: day("2026-11-22"), first: day("2025-06-01"), newest: day("2026-11-20"), fiscal_start }
    }

    fn shown(days: DayRange) -> String {
        format!("{} {}", days.start, days.end.plus(-1))
    }

    fn days(text: &str, fiscal_start: u8) -> String {
        shown(text.parse::<CostPeriod>().unwrap().days(calendar(fiscal_start)).unwrap())
    }

    #[test]
    fn periods_have_the_days_that_their_names_say() {
        for (text, expected) in [
            ("2026-10-05", "2026-10-05 2026-10-05"),
            ("2026-10", "2026-10-01 2026-10-31"),
            ("2026-Q3", "2026-07-01 2026-09-30"),
            ("2026-q1", "2026-01-01 2026-03-31"),
            ("2026", "2026-01-01 2026-12-31"),
            ("2026-W42", "2026-10-12 2026-10-18"),
            ("2026-08..2026-10", "2026-08-01 2026-10-31"),
            ("2026-10-05..2026-10-07", "2026-10-05 2026-10-07"),
            ("2026-11..", "2026-11-01 2026-11-20"),
            ("..2025-06", "2025-06-01 2025-06-30"),
            ("2026-Q3..2026-10", "2026-07-01 2026-10-31"),
            ("last-month", "2026-10-01 2026-10-31"),
            ("last-3-months", "2026-08-01 2026-10-31"),
            ("last-quarter", "2026-07-01 2026-09-30"),
            ("last-year", "2025-01-01 2025-12-31"),
            ("last-week", "2026-11-09 2026-11-15"),
            ("last-30-days", "2026-10-22 2026-11-20"),
            ("last-day", "2026-11-20 2026-11-20"),
            ("month-to-date", "2026-11-01 2026-11-20"),
            ("this-month", "2026-11-01 2026-11-20"),
            ("quarter-to-date", "2026-10-01 2026-11-20"),
            ("year-to-date", "2026-01-01 2026-11-20"),
            ("all", "2025-06-01 2026-11-20"),
        ] {
            assert_eq!(days(text, 1), expected, "{text}");
        }
    }

    #[test]
    fn fiscal_periods_follow_the_start_of_the_fiscal_year() {
        for (text, start, expected) in [
            ("FY2027", 4, "2026-04-01 2027-03-31"),
            ("FY2027-Q1", 4, "2026-04-01 2026-06-30"),
            ("FY2026-Q3", 1, "2026-07-01 2026-09-30"),
            ("FY2026-Q4", 2, "2025-11-01 2026-01-31"),
            ("last-fiscal-quarter", 2, "2026-08-01 2026-10-31"),
            ("last-fiscal-year", 10, "2025-10-01 2026-09-30"),
            ("fiscal-year-to-date", 10, "2026-10-01 2026-11-20"),
            ("fiscal-quarter-to-date", 4, "2026-10-01 2026-11-20"),
        ] {
            assert_eq!(days(text, start), expected, "{text} {start}");
        }
    }

    #[test]
    fn a_comparison_has_the_same_kind_of_days() {
        let compared = |text: &str, with: &str| {
            let period: CostPeriod = text.parse().unwrap();
            shown(period.compared_days(&with.parse().unwrap(), calendar(4)).unwrap())
        };
        for (text, with, expected) in [
            ("2026-10", "previous", "2026-09-01 2026-09-30"),
            ("2026-Q3", "previous", "2026-04-01 2026-06-30"),
            ("2026-08..2026-09", "previous", "2026-06-01 2026-07-31"),
            ("month-to-date", "previous", "2026-10-01 2026-10-20"),
            ("fiscal-year-to-date", "previous", "2025-04-01 2025-11-20"),
            ("last-30-days", "previous", "2026-09-22 2026-10-21"),
            ("2026-10-05", "previous", "2026-10-04 2026-10-04"),
            ("2026-10", "previous-year", "2025-10-01 2025-10-31"),
            ("2026-W42", "previous-year", "2025-10-13 2025-10-19"),
            ("month-to-date", "previous-year", "2025-11-01 2025-11-20"),
            ("2026-10", "2026-07", "2026-07-01 2026-07-31"),
        ] {
            assert_eq!(compared(text, with), expected, "{text} {with}");
        }
    }

    #[test]
    fn on_the_first_day_of_a_month_the_month_to_date_is_that_day() {
        let today = "2026-12-01".parse().unwrap();
        let early = PeriodCalendar { today, newest: "2026-11-29".parse().unwrap(), ..calendar(1) };
        let period: CostPeriod = "month-to-date".parse().unwrap();
        assert_eq!(shown(period.days(early).unwrap()), "2026-12-01 2026-12-01");
    }

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
                    prop_assert!(days.len() > 0);
                    for with in [Comparison::Previous, Comparison::PreviousYear] {
                        let before = period.compared_days(&with, calendar(quarter)).unwrap();
                        prop_assert!(before.len() > 0 && before.end <= days.end);
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
