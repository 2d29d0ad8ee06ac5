//! Public holidays: cost may fall to a Sunday's, which is no anomaly.
//!
//! Only widely observed days, computed by rule for any year: the first of January and of May, the days around
//! Christmas, Easter (Meeus/Jones/Butcher, in Meeus, "Astronomical Algorithms", 1991), and the main federal holidays of
//! the United States (5 U.S.C. § 6103).

use tollgate_model::{BillingPeriod, Day};

/// Whether a day is a widely observed holiday.
pub(crate) fn is_holiday(day: Day) -> bool {
    let (month, of_month) = (day.month().month(), day.day_of_month());
    let weekday = day.weekday();
    let (monday, thursday, friday) = (weekday == 0, weekday == 3, weekday == 4);
    match (month, of_month) {
        (1 | 5, 1) | (7, 4) | (12, 24..=26 | 31) => true,
        // Memorial Day, Labor Day, Thanksgiving and the day after it.
        (5, 25..=31) | (9, 1..=7) if monday => true,
        (11, 22..=28) if thursday => true,
        (11, 23..=29) if friday => true,
        (3..=6, _) => {
            let after = day - easter(day.month().year());
            // Good Friday, Easter Monday, Whit Monday.
            after == -2 || after == 1 || after == 50
        }
        _ => false,
    }
}

fn easter(year: i16) -> Day {
    let y = i32::from(year);
    let (golden, century, rest) = (y % 19, y / 100, y % 100);
    let h = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (century % 4) + 2 * (rest / 4) - h - rest % 4) % 7;
    let m = (golden + 11 * h + 22 * l) / 451;
    let march_0 = h + l - 7 * m + 22;
    BillingPeriod::new(year, 3).map_or(Day::EPOCH, |march| march.first_day().plus(march_0 - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holidays_of_several_years_are_recognized() {
        for day in ["2025-04-18", "2025-04-21", "2026-04-06", "2026-05-25", "2026-11-26", "2026-12-25", "2024-05-20"] {
            assert!(is_holiday(day.parse().unwrap()), "{day}");
        }
        for day in ["2026-04-05", "2026-11-25", "2026-07-14", "2026-05-18"] {
            assert!(!is_holiday(day.parse().unwrap()), "{day}");
        }
    }
}
