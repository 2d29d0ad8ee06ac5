//! Statistics of hourly metrics: percentiles, and maxima by hour of the week.

use tollgate_model::Hourly;

/// Hours of a week.
pub(super) const WEEK: usize = 168;

/// The value that `percent` percent of the hours do not exceed, by nearest rank. `None` without hours.
pub(super) fn percentile(hourly: &Hourly, percent: usize) -> Option<f64> {
    let mut known: Vec<f32> = hourly.known_values().collect();
    known.sort_by(f32::total_cmp);
    let rank = (known.len() * percent).div_ceil(100).max(1);
    known.get(rank - 1).map(|v| f64::from(*v))
}

/// The maximum of each hour of the week, starting Monday 00:00 UTC; `None` if an hour has no value.
pub(super) fn maxima_by_hour_of_week(hourly: &Hourly) -> [Option<f32>; WEEK] {
    let mut out = [None; WEEK];
    for (hour, value) in hourly.hours() {
        // 1970-01-01 was a Thursday.
        let slot = usize::try_from((hour + 72).rem_euclid(168)).unwrap_or(0);
        if let Some(value) = value {
            out[slot] = Some(out[slot].map_or(value, |known: f32| known.max(value)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_known_hours() {
        let hourly = Hourly::new(0, (0..200).map(|i| (i % 2 == 0).then_some(i as f32 / 2.0)));
        assert_eq!(percentile(&hourly, 99), Some(98.0));
        assert_eq!(percentile(&hourly, 50), Some(49.0));
        assert_eq!(percentile(&Hourly::new(0, [None]), 99), None);
    }

    #[test]
    fn the_week_begins_on_monday() {
        let monday: tollgate_model::Day = "2026-11-23".parse().unwrap();
        let week = maxima_by_hour_of_week(&Hourly::new(monday.first_second() / 3600, [Some(7.0), Some(1.0)]));
        assert_eq!((week[0], week[1], week[2]), (Some(7.0), Some(1.0), None));
    }
}
