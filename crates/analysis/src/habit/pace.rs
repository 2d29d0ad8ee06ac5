//! Pace: how fast habits are learned and forgotten, for each cadence.
//!
//! Every number was chosen on series made with other seeds than those it is measured on (`cargo xtask bench series`), and
//! the result changes little around each: see docs/concepts/anomalies.md.

use crate::cadence::Cadence;

/// How fast a watch learns.
#[derive(Clone, Debug)]
pub struct Pace {
    pub(super) cadence: Cadence,
    /// Points before the first judgement: four weeks of days, four days of hours, a quarter of weeks.
    pub(super) fit: usize,
    /// How much of a residual the level takes over: a memory of 16 days.
    pub(super) level: f64,
    /// How much of a residual's size the noise takes over: a memory of 50 days.
    pub(super) noise: f64,
    /// Points of one weekday that its effect is the mean of: 12 weeks.
    pub(super) weekday: f64,
    /// How much of a residual an hour of the day takes over.
    pub(super) hour: f64,
    /// Points after which a change is the new level: two weeks of days.
    pub(super) adopt: u32,
    /// The number of points that are judged together, and how much larger their score must be.
    pub(super) windows: Vec<(usize, f64)>,
    /// Recent points kept.
    pub(super) keep: usize,
    /// Points from which a series that starts is new: three weeks of days without cost come before.
    pub(super) new_after: u32,
}

impl Pace {
    /// The pace for a cadence.
    pub fn of(cadence: Cadence) -> Self {
        let a_day = cadence.points_a_day();
        let points = crate::float(a_day);
        // Within a day points tell much the same, so memories grow slower than the number of points.
        let slower = points.powf(0.75);
        let days = |n: usize| n * a_day;
        let (fit, adopt, new_after) = match a_day {
            1 if cadence.minutes() > Cadence::DAILY.minutes() => (13, 6, 8),
            1 => (28, 14, 21),
            _ => (days(if a_day > 48 { 2 } else { 4 }), days(3), days(7)),
        };
        let mut windows =
            vec![(2, 1.0), (3, 1.0), (5, 1.05), (7, 1.05), (10, 1.05), (14, 1.05), (21, 1.05), (28, 1.05)];
        if a_day > 1 {
            // Many windows of many points: chance has more places to look.
            windows = [2, 3, 6, 12, 24, 48, 96, 192, 336]
                .into_iter()
                .filter(|m| *m <= 4 * a_day)
                .map(|m| (m, 1.75))
                .collect();
        }
        Self {
            cadence,
            fit,
            level: 0.06 / slower,
            noise: 0.02 / slower,
            weekday: 12.0 * points,
            hour: 0.06,
            adopt: u32::try_from(adopt).unwrap_or(u32::MAX),
            windows,
            keep: if a_day > 1 { days(14).clamp(128, 4096) } else { 128 },
            new_after: u32::try_from(new_after).unwrap_or(u32::MAX),
        }
    }
}
