//! Charges that cover many days: spread over them by time, exactly to the last digit.
//!
//! A month of use in one row is no spike on its first day. The lake keeps the row; the daily series, and with them budgets,
//! detection and forecasts, have its share on each day. A charge that covers more than its billing period is spread inside of it:
//! the invoice of a month is the sum of the month's days.

use tollgate_model::Day;
use tollgate_model::period::DayRange;

/// The length up to which a charge is one of its first day: a day of 25 hours, or one that ends in another time zone.
const ONE_DAY: i64 = 36 * 3600;
/// Days over which a charge is spread at most: a longer period is an error of the bill.
pub(crate) const MOST_DAYS: i64 = 366;
const SECONDS_A_DAY: i64 = 86_400;

/// The seconds that a charge covers inside of its billing period, when it is spread; `None` for a charge of one day. All in seconds
/// since 1970, ends excluded.
pub(crate) fn spread_over(charge: (i64, i64), billing: (i64, i64)) -> Option<(i64, i64)> {
    let (start, end) = charge;
    if end.saturating_sub(start) <= ONE_DAY {
        return None;
    }
    let inside = (start.max(billing.0), end.min(billing.1));
    // A correction covers days of an earlier billing period.
    let (start, end) = if inside.0 < inside.1 { inside } else { charge };
    let length = end.saturating_sub(start);
    (length > ONE_DAY && length <= MOST_DAYS * SECONDS_A_DAY).then_some((start, end))
}

/// The days that a charge is spread over.
pub(crate) fn days_over(over: (i64, i64)) -> DayRange {
    DayRange { start: Day::of_second(over.0), end: Day::of_second(over.1 - 1).plus(1) }
}

/// The units of one of these days. Those of all days add up to `units`.
pub(crate) fn units_on(day: Day, units: i128, over: (i64, i64)) -> i128 {
    let (start, end) = over;
    let length = i128::from(end - start);
    let (whole, rest) = (units / length, units % length);
    // The sum of all days up to a second: the difference of two such sums loses nothing to rounding.
    let until = |second: i64| {
        let elapsed = i128::from(second.clamp(start, end) - start);
        whole * elapsed + rest * elapsed / length
    };
    until(day.plus(1).first_second()) - until(day.first_second())
}

/// The units of each day, oldest first. They add up to `units`.
pub(crate) fn daily_units(units: i128, over: (i64, i64)) -> impl Iterator<Item = (Day, i128)> {
    days_over(over).days().map(move |day| (day, units_on(day, units, over)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(day: &str) -> i64 {
        day.parse::<Day>().unwrap().first_second()
    }

    #[test]
    fn a_month_is_spread_over_its_days_and_a_day_is_not() {
        let october = (at("2026-10-01"), at("2026-11-01"));
        let days: Vec<(Day, i128)> = daily_units(3100, spread_over(october, october).unwrap()).collect();
        assert_eq!(days.len(), 31);
        assert!(days.iter().all(|(_, units)| *units == 100));
        assert_eq!(spread_over((at("2026-10-01"), at("2026-10-02")), october), None);
        // A day of California ends at 07:00 UTC.
        assert_eq!(spread_over((at("2026-10-01") + 25_200, at("2026-10-02") + 25_200), october), None);
        assert_eq!(spread_over((at("2026-10-02"), at("2026-10-01")), october), None);
    }

    #[test]
    fn a_year_is_spread_inside_of_its_month_and_a_correction_over_its_own_days() {
        let october = (at("2026-10-01"), at("2026-11-01"));
        let year = (at("2026-10-11"), at("2027-10-11"));
        assert_eq!(spread_over(year, october), Some((at("2026-10-11"), at("2026-11-01"))));
        let september = (at("2026-09-01"), at("2026-10-01"));
        assert_eq!(spread_over(september, october), Some(september));
        let endless = (at("2026-10-01"), i64::MAX);
        assert_eq!(spread_over(endless, (at("2026-10-01"), i64::MAX)), None);
    }

    proptest! {
        #[test]
        fn the_days_add_up_to_the_charge(units in -10i128.pow(37)..10i128.pow(37), start in 0i64..2_000_000_000, length in 130_000i64..31_000_000) {
            let over = spread_over((start, start + length), (start, start + length)).unwrap();
            let days: Vec<(Day, i128)> = daily_units(units, over).collect();
            prop_assert_eq!(days.iter().map(|(_, units)| units).sum::<i128>(), units);
            prop_assert_eq!(days.first().unwrap().0, Day::of_second(start));
            prop_assert!(days.iter().all(|(_, part)| part.signum() * units.signum() >= 0));
        }
    }
}
