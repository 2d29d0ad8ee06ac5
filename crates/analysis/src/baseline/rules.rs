//! Calendar rules: on which days something repeats. Fees on the first business day, payroll on every second Friday, invoices at
//! the end of a quarter.

use serde::{Deserialize, Serialize};
use tollgate_model::{BillingPeriod, Day};

use crate::holidays::is_holiday;
use crate::interval::CalendarPosition;

/// A rule for the days on which a deviation repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CalendarRule {
    /// Every `days` days. `phase` is the remainder of such a day, counted from 1970-01-01.
    Every {
        /// The days between two occasions.
        days: u16,
        /// The remainder of an occasion's day number.
        phase: u16,
    },
    /// One day of every `months`-th month. `phase` is the remainder of such a month, counted from the year 0.
    Monthly {
        /// The day within the month.
        day: MonthDay,
        /// The months between two occasions: 1, 2, 3 (a quarter), 6 or 12 (a year).
        months: u8,
        /// The remainder of an occasion's month number.
        phase: u8,
    },
}

/// One day of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MonthDay {
    /// The day with this number; the first is 1.
    FromStart(u8),
    /// The day with this number of days after it in the month; the last is 0.
    FromEnd(u8),
    /// The weekday's occurrence in the month: the second Tuesday is 2, 1.
    Weekday {
        /// 1 to 5.
        nth: u8,
        /// Monday is 0.
        weekday: u8,
    },
    /// The weekday's last occurrence in the month.
    LastWeekday(u8),
    /// The business day with this number; the first is 1.
    BusinessFromStart {
        /// 1 or more.
        nth: u8,
        /// Whether public holidays are no business days.
        holidays: bool,
    },
    /// The business day with this number of business days after it in the month; the last is 0.
    BusinessFromEnd {
        /// 0 or more.
        nth: u8,
        /// Whether public holidays are no business days.
        holidays: bool,
    },
}

/// Business days are counted this far from the start and the end of a month.
const BUSINESS_REACH: (u8, u8) = (16, 10);
/// Days are counted from the end of a month up to this one.
const END_REACH: u8 = 15;

impl CalendarRule {
    /// Whether the rule has an occasion at a position.
    pub fn is_occasion(self, position: CalendarPosition) -> bool {
        match self {
            Self::Every { days, phase } => position.day.rem_euclid(i32::from(days)) == i32::from(phase),
            Self::Monthly { day, months, phase } => {
                position.month.rem_euclid(i32::from(months)) == i32::from(phase) && day.is_at(position)
            }
        }
    }

    /// The days between two occasions, about.
    pub fn period(self) -> i32 {
        match self {
            Self::Every { days, .. } => i32::from(days),
            Self::Monthly { months, .. } => 30 * i32::from(months),
        }
    }

    /// The `n`th occasion before that of `position`, in days from 1970-01-01. `None` if that month has no such day.
    pub(super) fn earlier(self, position: CalendarPosition, n: i32) -> Option<i32> {
        match self {
            Self::Every { days, .. } => Some(position.day - n * i32::from(days)),
            Self::Monthly { day, months, .. } => day.in_month(position.month - n * i32::from(months)),
        }
    }

    /// Whether the rule counts days instead of months.
    pub(super) fn counts_days(self) -> bool {
        matches!(self, Self::Every { .. })
    }

    /// Whether the baseline learns this rule by its memory of days of the month.
    pub(super) fn is_plain_month_day(self) -> bool {
        matches!(self, Self::Monthly { day: MonthDay::FromStart(_) | MonthDay::FromEnd(0 | 1), months: 1, .. })
    }
}

impl MonthDay {
    /// Whether a position is this day of its month.
    fn is_at(self, position: CalendarPosition) -> bool {
        match self {
            Self::FromStart(n) => position.day_of_month == n,
            Self::FromEnd(n) => position.days_left == n,
            Self::Weekday { nth, weekday } => {
                position.weekday == weekday && position.day_of_month.saturating_sub(1) / 7 + 1 == nth
            }
            Self::LastWeekday(weekday) => position.weekday == weekday && position.days_left < 7,
            Self::BusinessFromStart { nth, .. } | Self::BusinessFromEnd { nth, .. } => {
                // The counted days are only looked at where they can be the wanted one.
                let (near, least) = match self {
                    Self::BusinessFromStart { .. } => (position.day_of_month, nth),
                    _ => (position.days_left, nth),
                };
                near >= least && self.in_month(position.month) == Some(position.day)
            }
        }
    }

    /// The date of this day in a month, in days from 1970-01-01.
    pub(super) fn in_month(self, month: i32) -> Option<i32> {
        let (start, end) = (month_start(month), month_start(month + 1));
        let within = |day: i32| (start <= day && day < end).then_some(day);
        match self {
            Self::FromStart(n) => within(start + i32::from(n) - 1),
            Self::FromEnd(n) => within(end - 1 - i32::from(n)),
            Self::Weekday { nth, weekday } => {
                within(start + (i32::from(weekday) - weekday_of(start)).rem_euclid(7) + 7 * (i32::from(nth) - 1))
            }
            Self::LastWeekday(weekday) => within(end - 1 - (weekday_of(end - 1) - i32::from(weekday)).rem_euclid(7)),
            Self::BusinessFromStart { nth, holidays } => {
                (start..end).filter(|d| is_business(*d, holidays)).nth(usize::from(nth).checked_sub(1)?)
            }
            Self::BusinessFromEnd { nth, holidays } => {
                (start..end).rev().filter(|d| is_business(*d, holidays)).nth(usize::from(nth))
            }
        }
    }

    /// The days of a month that a position is.
    pub(super) fn all_at(position: CalendarPosition) -> impl Iterator<Item = Self> {
        let business = |from: i32, to: i32, holidays: bool| {
            let count = (from..=to).filter(|d| is_business(*d, holidays)).count();
            u8::try_from(count).unwrap_or(u8::MAX)
        };
        let start = position.day - i32::from(position.day_of_month) + 1;
        let end = position.day + i32::from(position.days_left);
        let weekday = position.weekday;
        let plain = [
            Some(Self::FromStart(position.day_of_month)),
            (position.days_left < END_REACH).then_some(Self::FromEnd(position.days_left)),
            Some(Self::Weekday { nth: position.day_of_month.saturating_sub(1) / 7 + 1, weekday }),
            (position.days_left < 7).then_some(Self::LastWeekday(weekday)),
        ];
        let counted =
            [false, true].into_iter().filter(move |h| is_business(position.day, *h)).flat_map(move |holidays| {
                let (from_start, from_end) = BUSINESS_REACH;
                [
                    (position.day_of_month <= from_start)
                        .then(|| Self::BusinessFromStart { nth: business(start, position.day, holidays), holidays }),
                    (position.days_left < from_end)
                        .then(|| Self::BusinessFromEnd { nth: business(position.day + 1, end, holidays), holidays }),
                ]
            });
        plain.into_iter().chain(counted).flatten()
    }
}

/// Monday is 0; 1970-01-01 was a Thursday.
pub(super) fn weekday_of(day: i32) -> i32 {
    (day + 3).rem_euclid(7)
}

fn is_business(day: i32, holidays: bool) -> bool {
    weekday_of(day) < 5 && !(holidays && is_holiday(Day::from_epoch_days(day)))
}

/// The first day of a month that is counted from the year 0.
fn month_start(month: i32) -> i32 {
    let year = i16::try_from(month.div_euclid(12)).unwrap_or(0);
    let of_year = i8::try_from(month.rem_euclid(12) + 1).unwrap_or(1);
    BillingPeriod::new(year, of_year).map_or(0, |period| period.first_day().epoch_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: &str) -> CalendarPosition {
        CalendarPosition::of(day.parse().unwrap())
    }

    #[test]
    fn a_day_has_its_places_in_the_month() {
        let all: Vec<MonthDay> = MonthDay::all_at(at("2026-11-30")).collect();
        for day in [
            MonthDay::FromStart(30),
            MonthDay::FromEnd(0),
            MonthDay::Weekday { nth: 5, weekday: 0 },
            MonthDay::LastWeekday(0),
            MonthDay::BusinessFromEnd { nth: 0, holidays: false },
        ] {
            assert!(all.contains(&day), "{day:?}");
        }
    }

    #[test]
    fn every_place_of_a_day_is_found_again_in_its_month() {
        for day in 20_000..20_800 {
            let position = CalendarPosition::of(Day::from_epoch_days(day));
            for place in MonthDay::all_at(position) {
                assert_eq!(place.in_month(position.month), Some(day), "{place:?}");
                assert!(place.is_at(position), "{place:?}");
            }
        }
    }

    #[test]
    fn rules_know_their_occasions() {
        let first_business =
            CalendarRule::Monthly { day: MonthDay::BusinessFromStart { nth: 1, holidays: false }, months: 1, phase: 0 };
        for (day, yes) in [("2026-11-02", true), ("2026-11-01", false), ("2026-12-01", true), ("2026-11-03", false)] {
            assert_eq!(first_business.is_occasion(at(day)), yes, "{day}");
        }
        assert_eq!(first_business.earlier(at("2026-12-01"), 1), Some(at("2026-11-02").day));
        let fortnight = CalendarRule::Every { days: 14, phase: 3 };
        assert!(
            (0..28).filter(|d| fortnight.is_occasion(CalendarPosition::of(Day::from_epoch_days(20_000 + d)))).count()
                == 2
        );
    }
}
