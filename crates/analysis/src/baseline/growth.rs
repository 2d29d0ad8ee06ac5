//! Slow growth: a leak that the level follows, so that no day and no window deviates from it.

use serde::{Deserialize, Serialize};

use super::month::narrow;

/// Levels kept, one a week: a year and a quarter.
const KEEP: usize = 64;
/// Weeks over which growth is measured.
const WEEKS: usize = 10;
/// The least growth over these weeks, on the scale: a fifth, as from nine percent a month.
const LEAST: f64 = 0.20;
/// The least growth beyond that of the weeks before, or of the same weeks a year ago.
const BEYOND: f64 = 0.17;
/// The growth must exceed the deviation of a day around the level by this factor: levels of noisy series wander.
const AROUND: f64 = 3.0;
/// Days after an alert in which growth is not reported: the alert reported it.
const QUIET: i32 = 70;
const WEEKS_OF_YEAR: usize = 52;

/// The level of the last weeks, without steps that were reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Growth {
    #[serde(with = "super::packed")]
    levels: Vec<f32>,
    points: u8,
    /// The last day with an alert.
    reported: i32,
}

impl Default for Growth {
    fn default() -> Self {
        Self { levels: Vec::new(), points: 0, reported: i32::MIN / 2 }
    }
}

impl Growth {
    /// Records a day's level. Returns the level that was to be expected, if growth is unusual. `around` is the deviation of a day
    /// around the level.
    pub(super) fn record(&mut self, day: i32, level: f64, around: f64, alert: bool) -> Option<f64> {
        if alert {
            self.reported = day;
        }
        self.points = (self.points + 1) % 7;
        if self.points != 0 {
            return None;
        }
        if self.levels.len() == KEEP {
            self.levels.remove(0);
        }
        self.levels.push(narrow(level));
        if alert || day - self.reported < QUIET {
            return None;
        }
        let expected = self.expected_level(around)?;
        self.reported = day;
        Some(expected)
    }

    fn expected_level(&self, around: f64) -> Option<f64> {
        let n = self.levels.len();
        if n < 16 {
            return None;
        }
        let back = |weeks: usize| f64::from(self.levels[n - 1 - weeks]);
        let now = back(0) - back(WEEKS);
        let weeks = WEEKS.min(n - 1 - WEEKS);
        let before = (back(WEEKS) - back(WEEKS + weeks)) * crate::float(WEEKS) / crate::float(weeks);
        let year = WEEKS_OF_YEAR + WEEKS;
        let last_year = if n > year { back(WEEKS_OF_YEAR) - back(year) } else { 0.0 };
        let usual = before.max(last_year);
        let mut steps: Vec<f64> = (0..WEEKS / 2).map(|i| back(2 * i) - back(2 * i + 2)).collect();
        steps.sort_by(f64::total_cmp);
        // It creeps: every fortnight adds, and no single step explains most of it.
        let creeps = steps[0] > 0.0 && steps[1] >= 0.45 * now / crate::float(WEEKS / 2);
        let unusual = now >= LEAST && now - usual.max(0.0) >= BEYOND && now > AROUND * around;
        (creeps && unusual).then(|| back(WEEKS) + usual.max(0.0))
    }

    /// Shifts the levels before a step that was reported.
    pub(super) fn shift(&mut self, by: f64) {
        self.levels.iter_mut().for_each(|level| *level += narrow(by));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_report(a_day: impl Fn(i32) -> f64) -> Option<i32> {
        let mut growth = Growth::default();
        let mut level = 0.0;
        (0..400).find(|day| {
            level += a_day(*day);
            growth.record(*day, level, 0.03, false).is_some()
        })
    }

    #[test]
    fn a_leak_is_reported_and_steady_growth_is_not() {
        let leak = |percent: f64| move |day: i32| if day >= 200 { (1.0 + percent).ln() / 30.4 } else { 0.0 };
        for percent in [0.12, 0.15, 0.20] {
            let day = first_report(leak(percent));
            assert!(day.is_some_and(|day| (230..290).contains(&day)), "{percent}: {day:?}");
        }
        assert_eq!(first_report(leak(0.06)), None);
        assert_eq!(first_report(|_| 0.10 / 30.4), None);
        assert_eq!(first_report(|day| if day == 250 { 0.5 } else { 0.0 }), None, "a step creeps nowhere");
    }
}
