//! Periods of a cost query: `last-month`, `2026-10`, `2026-Q3`, `FY2026-Q3`, `last-30-days`, `2026-08..2026-10`.

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
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::query) fn calendar(fiscal_start: u8) -> PeriodCalendar {
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
}
