//! Public holidays: cost may fall to a Sunday's, which is no anomaly.
//!
//! Only widely observed days, computed by rule for any year: the first of January and of May, the days around
//! Christmas, Easter (Meeus/Jones/Butcher, in Meeus, "Astronomical Algorithms", 1991), and the main federal holidays of
//! the United States (5 U.S.C. § 6103).

use std::sync::LazyLock;

use crate::civil::{KNOWN_MONTHS, month_of, month_start, weekday_of};

/// Weekdays from a Monday on, as bits.
const WEEKDAYS: u64 = 0b0_0011111_0011111_0011111_0011111_0011111_0011111;

/// The holidays of the months that costs are from, as bits.
static HOLIDAYS: LazyLock<Vec<u32>> = LazyLock::new(|| KNOWN_MONTHS.map(holidays_of).collect());

/// The business days of a month as bits, its first day the lowest: weekdays, without public holidays if `holidays` is set. Calendar
/// rules look at many months.
pub(crate) fn business_days(month: i32, holidays: bool) -> u32 {
    let start = month_start(month);
    let length = month_start(month + 1) - start;
    let weekdays = u32::try_from((WEEKDAYS >> weekday_of(start)) & ((1_u64 << length) - 1)).unwrap_or(0);
    if !holidays {
        return weekdays;
    }
    let known = usize::try_from(month - KNOWN_MONTHS.start).ok().and_then(|at| HOLIDAYS.get(at));
    weekdays & !known.copied().unwrap_or_else(|| holidays_of(month))
}

fn holidays_of(month: i32) -> u32 {
    let (start, end) = (month_start(month), month_start(month + 1));
    (start..end).filter(|day| is_holiday(*day)).fold(0, |bits, day| bits | (1_u32 << (day - start)))
}

/// Whether a day, counted from 1970-01-01, is a widely observed holiday.
pub(crate) fn is_holiday(day: i32) -> bool {
    let month = month_of(day);
    let (of_year, of_month) = (month.rem_euclid(12) + 1, day - month_start(month) + 1);
    let weekday = weekday_of(day);
    let (monday, thursday, friday) = (weekday == 0, weekday == 3, weekday == 4);
    match (of_year, of_month) {
        (1 | 5, 1) | (7, 4) | (12, 24..=26 | 31) => true,
        // Memorial Day, Labor Day, Thanksgiving and the day after it.
        (5, 25..=31) | (9, 1..=7) if monday => true,
        (11, 22..=28) if thursday => true,
        (11, 23..=29) if friday => true,
        (3..=6, _) if monday || friday => {
            let after = day - easter(month.div_euclid(12));
            // Good Friday, Easter Monday, Whit Monday.
            after == -2 || after == 1 || after == 50
        }
        _ => false,
    }
}

fn easter(y: i32) -> i32 {
    let (golden, century, rest) = (y % 19, y / 100, y % 100);
    let h = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (century % 4) + 2 * (rest / 4) - h - rest % 4) % 7;
    let m = (golden + 11 * h + 22 * l) / 451;
    let march_0 = h + l - 7 * m + 22;
    month_start(12 * y + 2) + march_0 - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_model::Day;

    fn at(day: &str) -> i32 {
        day.parse::<Day>().unwrap().epoch_days()
    }

    #[test]
    fn business_days_are_weekdays_without_holidays() {
        for month in [12 * 1969 + 3, 12 * 2100 + 1].into_iter().chain(12 * 2020..12 * 2030) {
            let (start, end) = (month_start(month), month_start(month + 1));
            for holidays in [false, true] {
                let known = business_days(month, holidays);
                for day in start..end {
                    let expected = weekday_of(day) < 5 && !(holidays && is_holiday(day));
                    assert_eq!((known >> (day - start)) & 1 == 1, expected, "{day}");
                }
                assert_eq!(known >> (end - start), 0, "no day after the month");
            }
        }
    }

    #[test]
    fn holidays_of_several_years_are_recognized() {
        for day in ["2025-04-18", "2025-04-21", "2026-04-06", "2026-05-25", "2026-11-26", "2026-12-25", "2024-05-20"] {
            assert!(is_holiday(at(day)), "{day}");
        }
        for day in ["2026-04-05", "2026-11-25", "2026-07-14", "2026-05-18"] {
            assert!(!is_holiday(at(day)), "{day}");
        }
    }
}
