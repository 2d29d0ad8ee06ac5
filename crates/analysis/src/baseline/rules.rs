//! Calendar rules: on which days something repeats. Fees on the first business day, payroll on every second Friday, invoices at
//! the end of a quarter.

use crate::civil::{month_of, month_start, weekday_of};
use crate::holidays::business_days;
use crate::interval::CalendarPosition;
use serde::{Deserialize, Serialize};

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
                day.is_at(position) && position.month.rem_euclid(i32::from(months)) == i32::from(phase)
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
            Self::BusinessFromStart { nth, holidays } => {
                // Cheap tests first: this is asked of every rule on every day.
                (nth..=reach(nth, holidays)).contains(&position.day_of_month)
                    && BusinessDay::of(position, holidays).is_some_and(|day| day.from_start == nth)
            }
            Self::BusinessFromEnd { nth, holidays } => {
                (nth..reach(nth + 1, holidays)).contains(&position.days_left)
                    && BusinessDay::of(position, holidays).is_some_and(|day| day.from_end == nth)
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
                let mut days = business_days(month, holidays);
                for _ in 1..nth {
                    days &= days.wrapping_sub(1);
                }
                (nth > 0 && days != 0).then(|| start + days.trailing_zeros().cast_signed())
            }
            Self::BusinessFromEnd { nth, holidays } => {
                let mut days = business_days(month, holidays);
                for _ in 0..nth {
                    days &= !(1_u32 << days.checked_ilog2()?);
                }
                days.checked_ilog2().map(|last| start + last.cast_signed())
            }
        }
    }

    /// The rules that repeat each month on a position's day, counted from the start and from the end.
    pub(super) fn plain_rules(position: CalendarPosition) -> [CalendarRule; 2] {
        let rule = |day| CalendarRule::Monthly { day, months: 1, phase: 0 };
        [rule(Self::FromStart(position.day_of_month)), rule(Self::FromEnd(position.days_left))]
    }

    /// The days of a month that a position is.
    pub(super) fn all_at(position: CalendarPosition) -> impl Iterator<Item = Self> {
        let weekday = position.weekday;
        let plain = [
            Some(Self::FromStart(position.day_of_month)),
            (position.days_left < END_REACH).then_some(Self::FromEnd(position.days_left)),
            Some(Self::Weekday { nth: position.day_of_month.saturating_sub(1) / 7 + 1, weekday }),
            (position.days_left < 7).then_some(Self::LastWeekday(weekday)),
        ];
        let (from_start, from_end) = BUSINESS_REACH;
        let weekdays = BusinessDay::of(position, false);
        let business = BusinessDay::of(position, true);
        let counted = |of: fn(BusinessDay) -> u8, place: fn(u8, bool) -> Self| {
            let number = weekdays.map(of);
            // Where holidays change no number, both rules are the same.
            let with = business.map(of).filter(|business| Some(*business) != number);
            [number.map(|nth| place(nth, false)), with.map(|nth| place(nth, true))]
        };
        let first = (position.day_of_month <= from_start)
            .then(|| counted(|day| day.from_start, |nth, holidays| Self::BusinessFromStart { nth, holidays }));
        let last = (position.days_left < from_end)
            .then(|| counted(|day| day.from_end, |nth, holidays| Self::BusinessFromEnd { nth, holidays }));
        let counted = first.into_iter().chain(last).flatten();
        plain.into_iter().chain(counted).flatten()
    }
}

/// The number of a business day in its month.
#[derive(Clone, Copy)]
struct BusinessDay {
    /// The first is 1.
    from_start: u8,
    /// The last is 0.
    from_end: u8,
}

impl BusinessDay {
    /// `None` for a day that is no business day.
    fn of(position: CalendarPosition, holidays: bool) -> Option<Self> {
        let days = business_days(position.month, holidays);
        let later = days.checked_shr(u32::from(position.day_of_month)).unwrap_or(0);
        let until = days & !(later << position.day_of_month.min(31));
        let is_one = (until >> position.day_of_month.saturating_sub(1).min(31)) & 1 == 1;
        let count = |days: u32| u8::try_from(days.count_ones()).unwrap_or(u8::MAX);
        is_one.then(|| Self { from_start: count(until), from_end: count(later) })
    }
}

/// The most days of a month that the `nth` business day can be at: weekends before it, and some holidays.
fn reach(nth: u8, holidays: bool) -> u8 {
    nth + 2 * (nth / 5 + 1) + if holidays { 4 } else { 0 }
}

/// The position of a day in its week and month, without its holidays: fast, for days of the past.
pub(super) fn place_of_day(day: i32) -> CalendarPosition {
    let small = |n: i32| u8::try_from(n).unwrap_or(u8::MAX);
    let month = month_of(day);
    CalendarPosition {
        slot: 0,
        weekday: small(weekday_of(day)),
        day_of_month: small(day - month_start(month) + 1),
        days_left: small(month_start(month + 1) - 1 - day),
        holiday: false,
        ends_day: true,
        day,
        month,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_model::Day;

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
    fn dates_of_the_past_are_those_of_the_calendar() {
        for day in (-200_000..200_000).step_by(7) {
            let (fast, known) = (place_of_day(day), CalendarPosition::of(Day::from_epoch_days(day)));
            assert_eq!(fast, CalendarPosition { holiday: false, ..known }, "{day}");
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
