//! Units of the calendar: how a cost query divides time.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;

use super::error::QueryError;
use crate::{BillingPeriod, BudgetCalendar, Day, DayRange};

/// The length of the buckets of an answer.
///
/// # Parsing and printing
///
/// `hour`, `day`, `week` (from Monday), `month`, `quarter`, `year`, `fiscal-quarter`, `fiscal-year`, `total`; also `daily`, `monthly`…
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Granularity {
    /// One hour of UTC.
    Hour,
    /// One day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// Three months of the calendar year.
    Quarter,
    /// A calendar year.
    Year,
    /// Three months of the fiscal year.
    FiscalQuarter,
    /// A fiscal year.
    FiscalYear,
    /// The whole period.
    #[default]
    Total,
}

const NAMES: [(&str, Granularity); 9] = [
    ("hour", Granularity::Hour),
    ("day", Granularity::Day),
    ("week", Granularity::Week),
    ("month", Granularity::Month),
    ("quarter", Granularity::Quarter),
    ("year", Granularity::Year),
    ("fiscal-quarter", Granularity::FiscalQuarter),
    ("fiscal-year", Granularity::FiscalYear),
    ("total", Granularity::Total),
];

impl Granularity {
    /// Every granularity, finest first.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.into_iter().map(|(_, granularity)| granularity)
    }

    /// The bucket that holds a day; `None` for an hour, which is no whole day, and for the whole period. `fiscal_start` is the month in
    /// which a fiscal year starts.
    pub fn bucket(self, day: Day, fiscal_start: u8) -> Option<DayRange> {
        let months = |months, fiscal_start| Some(BudgetCalendar::Months { months, fiscal_start }.around(day));
        match self {
            Self::Hour | Self::Total => None,
            Self::Day => Some(DayRange { start: day, end: day.plus(1) }),
            Self::Week => {
                let start = day.plus(-i32::try_from(day.weekday()).unwrap_or(0));
                Some(DayRange { start, end: start.plus(7) })
            }
            Self::Month => Some(day.month().days()),
            Self::Quarter => months(3, 1),
            Self::Year => months(12, 1),
            Self::FiscalQuarter => months(3, fiscal_start),
            Self::FiscalYear => months(12, fiscal_start),
        }
    }

    /// The name of a bucket that starts on a day: `2026-10-01`, `2026-W40`, `2026-10`, `2026-Q4`, `2026`, `FY2026-Q3`, `FY2026`.
    pub fn bucket_name(self, start: Day, fiscal_start: u8) -> String {
        let month = start.month();
        match self {
            Self::Hour | Self::Total | Self::Day => start.to_string(),
            Self::Week => {
                let week = start.date().iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Self::Month => month.to_string(),
            Self::Quarter => format!("{:04}-Q{}", month.year(), (month.month() + 2) / 3),
            Self::Year => format!("{:04}", month.year()),
            Self::FiscalQuarter => {
                let (year, quarter) = fiscal_quarter(month, fiscal_start);
                format!("FY{year:04}-Q{quarter}")
            }
            Self::FiscalYear => format!("FY{:04}", fiscal_quarter(month, fiscal_start).0),
        }
    }
}

/// The fiscal year and quarter of a month. A fiscal year has the number of the calendar year in which it ends.
fn fiscal_quarter(month: BillingPeriod, fiscal_start: u8) -> (i16, i8) {
    let start = i8::try_from(fiscal_start).unwrap_or(1).clamp(1, 12);
    let later = month.month() >= start && start > 1;
    let since = (month.month() - start).rem_euclid(12);
    (month.year().saturating_add(i16::from(later)), since / 3 + 1)
}

/// The first month of a fiscal year.
pub(super) fn fiscal_year_start(year: i16, fiscal_start: u8) -> Option<BillingPeriod> {
    let start = i8::try_from(fiscal_start).ok()?;
    BillingPeriod::new(if start > 1 { year.checked_sub(1)? } else { year }, start)
}

/// A day some months later, or earlier when negative; held at the end of a shorter month.
pub(super) fn plus_months(day: Day, months: i32) -> Day {
    day.date().checked_add(months.months()).map_or(day, Day::from_date)
}

/// Whole months in a range of days; `None` where it does not begin and end with a month.
pub(super) fn whole_months(days: DayRange) -> Option<i32> {
    if days.is_empty() || days.start.day_of_month() != 1 || days.end.day_of_month() != 1 {
        return None;
    }
    let number = |day: Day| i32::from(day.month().year()) * 12 + i32::from(day.month().month());
    Some(number(days.end) - number(days.start))
}

impl FromStr for Granularity {
    type Err = QueryError;
    fn from_str(text: &str) -> Result<Self, QueryError> {
        let word = match text.trim() {
            "hourly" => "hour",
            "daily" => "day",
            "weekly" => "week",
            "monthly" => "month",
            "quarterly" => "quarter",
            "yearly" | "annual" => "year",
            word => word,
        };
        let found = NAMES.iter().find(|(name, _)| *name == word).map(|(_, granularity)| *granularity);
        found.ok_or_else(|| QueryError::unknown("granularity", text, &NAMES.map(|(name, _)| name)))
    }
}

impl fmt::Display for Granularity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(NAMES.iter().find(|(_, granularity)| granularity == self).map_or("", |(name, _)| *name))
    }
}

super::serde_by_text!(Granularity);

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn buckets_follow_the_calendar() {
        let of = |granularity: &str, on: &str, fiscal: u8| {
            let granularity: Granularity = granularity.parse().unwrap();
            let bucket = granularity.bucket(day(on), fiscal).unwrap();
            format!("{} {} {}", bucket.start, bucket.end.plus(-1), granularity.bucket_name(bucket.start, fiscal))
        };
        assert_eq!(of("week", "2026-11-22", 1), "2026-11-16 2026-11-22 2026-W47");
        assert_eq!(of("week", "2027-01-01", 1), "2026-12-28 2027-01-03 2026-W53");
        assert_eq!(of("monthly", "2026-02-10", 1), "2026-02-01 2026-02-28 2026-02");
        assert_eq!(of("quarter", "2026-11-22", 4), "2026-10-01 2026-12-31 2026-Q4");
        assert_eq!(of("fiscal-quarter", "2026-11-22", 4), "2026-10-01 2026-12-31 FY2027-Q3");
        assert_eq!(of("fiscal-quarter", "2026-01-22", 2), "2025-11-01 2026-01-31 FY2026-Q4");
        assert_eq!(of("fiscal-year", "2026-11-22", 1), "2026-01-01 2026-12-31 FY2026");
        assert_eq!(of("fiscal-year", "2026-03-31", 4), "2025-04-01 2026-03-31 FY2026");
        assert_eq!(Granularity::Total.bucket(day("2026-11-22"), 1), None);
    }

    #[test]
    fn an_unknown_granularity_names_the_known_ones() {
        let error = "fortnight".parse::<Granularity>().unwrap_err().to_string();
        assert!(error.contains("known: hour, day, week, month"), "{error}");
        for granularity in Granularity::all() {
            assert_eq!(granularity.to_string().parse::<Granularity>().unwrap(), granularity);
        }
    }

    #[test]
    fn months_are_whole_or_not() {
        let range = |start: &str, end: &str| DayRange { start: day(start), end: day(end) };
        assert_eq!(whole_months(range("2025-11-01", "2026-02-01")), Some(3));
        assert_eq!(whole_months(range("2025-11-01", "2026-02-02")), None);
        assert_eq!(whole_months(range("2025-11-01", "2025-11-01")), None);
        assert_eq!(plus_months(day("2028-02-29"), -12), day("2027-02-28"));
    }
}
