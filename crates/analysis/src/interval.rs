//! The sampling interval of a series, and the position of each point in the day, week and month.

use serde::{Deserialize, Serialize};
use tollgate_model::Day;

use crate::holidays::is_holiday;

/// The time between two points of a regular series, in minutes. Days and multiples of days are whole days of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SamplingInterval {
    minutes: u32,
}

const DAY: u32 = 24 * 60;

impl SamplingInterval {
    /// One point a day, as in the ledger.
    pub const DAILY: Self = Self { minutes: DAY };
    /// One point an hour.
    pub const HOURLY: Self = Self { minutes: 60 };
    /// One point a week.
    pub const WEEKLY: Self = Self { minutes: 7 * DAY };

    /// An interval in minutes: a divisor of a day (5, 15, 60…) or a whole number of days. `None` for any other number.
    pub const fn from_minutes(minutes: u32) -> Option<Self> {
        let regular = minutes > 0 && (DAY.is_multiple_of(minutes) || minutes.is_multiple_of(DAY));
        if regular { Some(Self { minutes }) } else { None }
    }

    /// The minutes between two points.
    pub const fn minutes(self) -> u32 {
        self.minutes
    }

    /// Points in a day; one if points are a day or more apart.
    pub const fn points_per_day(self) -> usize {
        if self.minutes < DAY { (DAY / self.minutes) as usize } else { 1 }
    }

    /// Whether points are at most a day apart, so that weekdays and days of the month are distinguishable.
    pub const fn has_weekdays(self) -> bool {
        self.minutes <= DAY
    }

    /// The position of the point that begins `epoch_minutes` minutes after 1970-01-01.
    pub fn position_at(self, epoch_minutes: i64) -> CalendarPosition {
        let days = epoch_minutes.div_euclid(i64::from(DAY));
        let within = u32::try_from(epoch_minutes.rem_euclid(i64::from(DAY))).unwrap_or(0);
        let mut position = CalendarPosition::of(Day::from_epoch_days(i32::try_from(days).unwrap_or(i32::MAX / 2)));
        position.slot = u16::try_from(within / self.minutes.min(DAY)).unwrap_or(0);
        position.ends_day = within + self.minutes >= DAY;
        position
    }

    /// The positions of `count` consecutive days.
    pub fn daily_positions(start: Day, count: usize) -> Vec<CalendarPosition> {
        (0..count).map(|i| CalendarPosition::of(start.plus(i32::try_from(i).unwrap_or(i32::MAX)))).collect()
    }
}

/// The position of a point in the day, the week, the month and the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarPosition {
    /// The point's number within its day.
    pub(crate) slot: u16,
    /// Monday is 0.
    pub(crate) weekday: u8,
    /// 1 to 31.
    pub(crate) day_of_month: u8,
    /// Days left in the month after this one; the last day has 0.
    pub(crate) days_left: u8,
    pub(crate) holiday: bool,
    pub(crate) ends_day: bool,
    /// Days from 1970-01-01.
    pub(crate) day: i32,
    /// Months from the year 0.
    pub(crate) month: i32,
}

impl CalendarPosition {
    pub(crate) fn of(day: Day) -> Self {
        let small = |n: i32| u8::try_from(n).unwrap_or(u8::MAX);
        Self {
            slot: 0,
            weekday: small(i32::try_from(day.weekday()).unwrap_or(0)),
            day_of_month: small(i32::from(day.day_of_month())),
            days_left: small(day.month().days().end - day - 1),
            holiday: is_holiday(day.epoch_days()),
            ends_day: true,
            day: day.epoch_days(),
            month: 12 * i32::from(day.month().year()) + i32::from(day.month().month()) - 1,
        }
    }

    pub(crate) fn weekday(self) -> usize {
        usize::from(self.weekday)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_has_its_calendar_position() {
        let hourly = SamplingInterval::HOURLY;
        let day: Day = "2026-11-30".parse().unwrap();
        let midnight = i64::from(day.epoch_days()) * 1440;
        let position = hourly.position_at(midnight + 23 * 60);
        assert_eq!((position.slot, position.weekday, position.day_of_month, position.days_left), (23, 0, 30, 0));
        assert!(position.ends_day && !hourly.position_at(midnight).ends_day);
        assert_eq!(SamplingInterval::DAILY.position_at(midnight), SamplingInterval::daily_positions(day, 1)[0]);
        assert_eq!((hourly.points_per_day(), SamplingInterval::WEEKLY.points_per_day()), (24, 1));
    }

    #[test]
    fn only_regular_cadences_exist() {
        assert_eq!(SamplingInterval::from_minutes(7), None);
        assert_eq!(SamplingInterval::from_minutes(0), None);
        assert_eq!(SamplingInterval::from_minutes(5).map(SamplingInterval::points_per_day), Some(288));
        assert_eq!(SamplingInterval::from_minutes(7 * 1440), Some(SamplingInterval::WEEKLY));
    }
}
