//! Days, day ranges, billing periods and charge periods: time as bills count it.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

const SECONDS_A_DAY: i64 = 86_400;

/// Why a day or a period could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// Not a calendar day.
    #[error("`{0}` is not a day (write it as 2026-11-21)")]
    NotADay(String),
    /// Not a billing period.
    #[error("`{0}` is not a billing period (write it as 2026-11)")]
    NotAPeriod(String),
}

/// A calendar day in the provider's billing time zone, which is UTC for every provider that exports FOCUS.
///
/// # Valid values
///
/// Any day of the years -9999 to 9999, in practice the days that bills name.
///
/// # Parsing and printing
///
/// ISO 8601: `2026-11-21`.
///
/// # Arithmetic
///
/// Whole days, held at the ends of the calendar:
///
/// ```
/// use tollgate_model::Day;
/// let day: Day = "2026-02-28".parse().unwrap();
/// assert_eq!(day.plus(1).to_string(), "2026-03-01");
/// assert_eq!(day.plus(1) - day, 1);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// The first day of the Unix calendar.
    pub const EPOCH: Self = Self(0);

    /// From days since 1970-01-01.
    pub const fn from_epoch_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn epoch_days(self) -> i32 {
        self.0
    }

    /// The day that holds an instant, in UTC.
    pub fn of(at: Timestamp) -> Self {
        Self::of_second(i64::try_from(at.as_nanosecond().div_euclid(1_000_000_000)).unwrap_or(i64::MAX))
    }

    /// The day that holds a second since 1970, in UTC.
    pub fn of_second(second: i64) -> Self {
        Self(i32::try_from(second.div_euclid(SECONDS_A_DAY)).unwrap_or(i32::MAX))
    }

    /// The first second of the day, in UTC.
    pub const fn first_second(self) -> i64 {
        self.0 as i64 * SECONDS_A_DAY
    }

    /// From a calendar date.
    pub fn from_date(date: Date) -> Self {
        let days = (date - Date::constant(1970, 1, 1)).get_days();
        Self(days)
    }

    /// As a calendar date, held at the ends of the calendar.
    pub fn date(self) -> Date {
        let epoch = Date::constant(1970, 1, 1);
        epoch.checked_add(i64::from(self.0.clamp(-4_000_000, 2_900_000)).days()).unwrap_or(epoch)
    }

    /// `n` days later, or earlier when negative.
    #[must_use]
    pub const fn plus(self, n: i32) -> Self {
        Self(self.0.saturating_add(n))
    }

    /// 0 for Monday to 6 for Sunday.
    pub fn weekday(self) -> usize {
        // 1970-01-01 was a Thursday.
        usize::try_from((self.0 + 3).rem_euclid(7)).unwrap_or(0)
    }

    /// The day's name, for people: `Mon`.
    pub fn weekday_name(self) -> &'static str {
        match self.date().weekday() {
            Weekday::Monday => "Mon",
            Weekday::Tuesday => "Tue",
            Weekday::Wednesday => "Wed",
            Weekday::Thursday => "Thu",
            Weekday::Friday => "Fri",
            Weekday::Saturday => "Sat",
            Weekday::Sunday => "Sun",
        }
    }

    /// 1 to 31.
    pub fn day_of_month(self) -> i8 {
        self.date().day()
    }

    /// Whether tomorrow is another month.
    pub fn is_last_of_month(self) -> bool {
        self.plus(1).day_of_month() == 1
    }

    /// The month that holds the day.
    pub fn month(self) -> BillingPeriod {
        let date = self.date();
        BillingPeriod { year: date.year(), month: date.month() }
    }
}

impl std::ops::Sub for Day {
    type Output = i32;
    fn sub(self, other: Self) -> i32 {
        self.0.saturating_sub(other.0)
    }
}

impl FromStr for Day {
    type Err = PeriodError;
    fn from_str(s: &str) -> Result<Self, PeriodError> {
        s.parse::<Date>().map(Self::from_date).map_err(|_| PeriodError::NotADay(s.chars().take(40).collect()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.date().to_string())
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

macro_rules! serde_as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
serde_as_text!(Day);
serde_as_text!(BillingPeriod);

/// Days from the first up to, not including, the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DayRange {
    /// The first day.
    pub start: Day,
    /// The day after the last.
    pub end: Day,
}

impl DayRange {
    /// Whether the day is inside.
    pub fn contains(self, day: Day) -> bool {
        self.start <= day && day < self.end
    }

    /// How many days.
    pub fn len(self) -> i32 {
        (self.end - self.start).max(0)
    }

    /// Whether there is no day inside.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The days, oldest first.
    pub fn days(self) -> impl Iterator<Item = Day> {
        (self.start.0..self.end.0).map(Day)
    }
}

/// The month that an invoice covers.
///
/// # Valid values
///
/// A calendar month. Exports name it by its first instant (`BillingPeriodStart`); a period that starts inside a month
/// (custom anniversaries) belongs to the month of its start.
///
/// # Parsing and printing
///
/// `2026-11`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BillingPeriod {
    year: i16,
    month: i8,
}

impl BillingPeriod {
    /// A month, or `None` when there is no such month.
    pub fn new(year: i16, month: i8) -> Option<Self> {
        Date::new(year, month, 1).ok().map(|_| Self { year, month })
    }

    /// The first day.
    pub fn first_day(self) -> Day {
        Date::new(self.year, self.month, 1).map_or(Day::EPOCH, Day::from_date)
    }

    /// The days of the month.
    pub fn days(self) -> DayRange {
        DayRange { start: self.first_day(), end: self.next().first_day() }
    }

    /// How many days the month has.
    pub fn len(self) -> i32 {
        self.days().len()
    }

    /// Never: a month has days. Here because `len` is.
    pub fn is_empty(self) -> bool {
        false
    }

    /// The month after.
    #[must_use]
    pub fn next(self) -> Self {
        if self.month == 12 {
            Self { year: self.year.saturating_add(1), month: 1 }
        } else {
            Self { month: self.month + 1, ..self }
        }
    }

    /// The month before.
    #[must_use]
    pub fn previous(self) -> Self {
        if self.month == 1 {
            Self { year: self.year.saturating_sub(1), month: 12 }
        } else {
            Self { month: self.month - 1, ..self }
        }
    }

    /// 1 to 12.
    pub fn month(self) -> i8 {
        self.month
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.year
    }
}

impl FromStr for BillingPeriod {
    type Err = PeriodError;
    fn from_str(s: &str) -> Result<Self, PeriodError> {
        let bad = || PeriodError::NotAPeriod(s.chars().take(40).collect());
        let (year, month) = s.split_once('-').ok_or_else(bad)?;
        if year.len() != 4 || month.len() != 2 {
            return Err(bad());
        }
        let (year, month) = (year.parse().map_err(|_| bad())?, month.parse().map_err(|_| bad())?);
        Self::new(year, month).ok_or_else(bad)
    }
}

impl fmt::Display for BillingPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:04}-{:02}", self.year, self.month))
    }
}

impl fmt::Debug for BillingPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The time that one charge covers: from `start` up to, not including, `end`, in seconds since 1970 UTC.
///
/// # Valid values
///
/// `start` before or equal to `end`. An hour, a day, a month, or the year of a commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChargePeriod {
    /// The first second.
    pub start: i64,
    /// The second after the last.
    pub end: i64,
}

impl ChargePeriod {
    /// A whole day.
    pub const fn of_day(day: Day) -> Self {
        Self { start: day.first_second(), end: day.plus(1).first_second() }
    }

    /// The day on which the charge counts: the day of its start.
    pub fn day(self) -> Day {
        Day::of_second(self.start)
    }
}

/// A FOCUS date-time, `2026-11-21T00:00:00Z`, of a second since 1970.
pub fn format_second(second: i64) -> String {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn days_know_their_week_and_month() {
        let day: Day = "2026-11-21".parse().unwrap();
        assert_eq!((day.weekday(), day.weekday_name()), (5, "Sat"));
        assert_eq!(day.month().to_string(), "2026-11");
        assert_eq!(day.month().len(), 30);
        assert!("2028-02-29".parse::<Day>().unwrap().is_last_of_month());
        assert_eq!("2026-01".parse::<BillingPeriod>().unwrap().previous().to_string(), "2025-12");
        assert!("2026-13".parse::<BillingPeriod>().is_err());
        assert_eq!(Day::of_second(-1).to_string(), "1969-12-31");
    }

    proptest! {
        #[test]
        fn a_day_reads_back(n in -100_000i32..100_000) {
            let day = Day::from_epoch_days(n);
            prop_assert_eq!(day.to_string().parse::<Day>().unwrap(), day);
            prop_assert_eq!(day.month().days().contains(day), true);
            prop_assert_eq!(Day::of_second(day.first_second()), day);
        }

        #[test]
        fn reading_never_panics(s in ".{0,20}") {
            let _ = s.parse::<Day>();
            let _ = s.parse::<BillingPeriod>();
        }
    }
}
