//! Cadence: how far apart the points of a series are, and where in the day, week and month each one falls.

use serde::{Deserialize, Serialize};
use tollgate_model::Day;

use crate::holidays::is_holiday;

/// The distance between two points of a regular series, in minutes. Days and multiples of days are whole days of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    minutes: u32,
}

const DAY: u32 = 24 * 60;

impl Cadence {
    /// One point a day: what the ledger keeps.
    pub const DAILY: Self = Self { minutes: DAY };
    /// One point an hour.
    pub const HOURLY: Self = Self { minutes: 60 };
    /// One point a week.
    pub const WEEKLY: Self = Self { minutes: 7 * DAY };

    /// A cadence of so many minutes: a divisor of a day (5, 15, 60…) or a whole number of days. `None` for others.
    pub const fn of_minutes(minutes: u32) -> Option<Self> {
        let regular = minutes > 0 && (DAY.is_multiple_of(minutes) || minutes.is_multiple_of(DAY));
        if regular { Some(Self { minutes }) } else { None }
    }

    /// The distance between two points.
    pub const fn minutes(self) -> u32 {
        self.minutes
    }

    /// Points in a day; one where points are a day apart or more.
    pub const fn points_a_day(self) -> usize {
        if self.minutes < DAY { (DAY / self.minutes) as usize } else { 1 }
    }

    /// Whether a point is at most a day, so that weekdays and days of the month can be told apart.
    pub const fn knows_weekdays(self) -> bool {
        self.minutes <= DAY
    }

    /// Where the point that begins so many minutes after 1970-01-01 falls.
    pub fn place(self, epoch_minutes: i64) -> Place {
        let days = epoch_minutes.div_euclid(i64::from(DAY));
        let within = u32::try_from(epoch_minutes.rem_euclid(i64::from(DAY))).unwrap_or(0);
        let mut place = Place::of(Day::from_epoch_days(i32::try_from(days).unwrap_or(i32::MAX / 2)));
        place.slot = u16::try_from(within / self.minutes.min(DAY)).unwrap_or(0);
        place.ends_day = within + self.minutes >= DAY;
        place
    }

    /// The places of `count` days in a row.
    pub fn days(start: Day, count: usize) -> Vec<Place> {
        (0..count).map(|i| Place::of(start.plus(i32::try_from(i).unwrap_or(i32::MAX)))).collect()
    }
}

/// Where a point falls in the day, the week, the month and the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
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
}

impl Place {
    fn of(day: Day) -> Self {
        let small = |n: i32| u8::try_from(n).unwrap_or(u8::MAX);
        Self {
            slot: 0,
            weekday: small(i32::try_from(day.weekday()).unwrap_or(0)),
            day_of_month: small(i32::from(day.day_of_month())),
            days_left: small(day.month().days().end - day - 1),
            holiday: is_holiday(day),
            ends_day: true,
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
    fn a_point_knows_its_place() {
        let hourly = Cadence::HOURLY;
        let day: Day = "2026-11-30".parse().unwrap();
        let midnight = i64::from(day.epoch_days()) * 1440;
        let place = hourly.place(midnight + 23 * 60);
        assert_eq!((place.slot, place.weekday, place.day_of_month, place.days_left), (23, 0, 30, 0));
        assert!(place.ends_day && !hourly.place(midnight).ends_day);
        assert_eq!(Cadence::DAILY.place(midnight), Cadence::days(day, 1)[0]);
        assert_eq!((hourly.points_a_day(), Cadence::WEEKLY.points_a_day()), (24, 1));
    }

    #[test]
    fn only_regular_cadences_exist() {
        assert_eq!(Cadence::of_minutes(7), None);
        assert_eq!(Cadence::of_minutes(0), None);
        assert_eq!(Cadence::of_minutes(5).map(Cadence::points_a_day), Some(288));
        assert_eq!(Cadence::of_minutes(7 * 1440), Some(Cadence::WEEKLY));
    }
}
