//! Learning rates: how fast a baseline learns and forgets, for each sampling interval.
//!
//! Every number was chosen on series generated from seeds that the benchmark (`cargo xtask bench series`) does not use, and the
//! result is not sensitive to small changes of any of them: see docs/concepts/anomalies.md.

use crate::interval::SamplingInterval;

/// The learning rates of a detector.
#[derive(Clone, Debug)]
pub struct LearningRates {
    pub(super) interval: SamplingInterval,
    /// Points in a day.
    pub(super) a_day: usize,
    /// Points of the warm-up, before the first judgement: four weeks of days, two weeks of hours, a quarter of weeks.
    pub(super) fit: usize,
    /// The share of a residual that the level adopts: a memory of 16 days.
    pub(super) level: f64,
    /// The share of a residual's size that the noise adopts: a memory of 50 days.
    pub(super) noise: f64,
    /// Points of one weekday that its effect averages: 12 weeks.
    pub(super) weekday: f64,
    /// The share of a residual that the effect of an hour adopts.
    pub(super) hour: f64,
    /// Anomalous points in a row after which a change becomes the new level: two weeks of days.
    pub(super) adopt: u32,
    /// The windows of points that are judged together, each with the factor on its threshold.
    pub(super) windows: Vec<(usize, f64)>,
    /// Recent points kept.
    pub(super) keep: usize,
    /// Points without cost after which a series that starts counts as new: three weeks of days.
    pub(super) new_after: u32,
}

impl LearningRates {
    /// Points of a series before the first one that is judged.
    pub fn warmup_points(&self) -> usize {
        self.fit
    }

    /// The learning rates for a sampling interval.
    pub fn of(interval: SamplingInterval) -> Self {
        let a_day = interval.points_per_day();
        let points = crate::float(a_day);
        // Points within a day carry similar information, so memories grow slower than the number of points.
        let slower = points.powf(0.75);
        let days = |n: usize| n * a_day;
        let (fit, adopt, new_after) = match a_day {
            1 if interval.minutes() > SamplingInterval::DAILY.minutes() => (13, 6, 8),
            1 => (28, 14, 21),
            // Hours of the week take two weeks; series of minutes are judged sooner, without them.
            24 => (days(14), days(3), days(7)),
            _ => (days(if a_day > 48 { 2 } else { 4 }), days(3), days(7)),
        };
        let mut windows =
            vec![(2, 1.0), (3, 1.0), (5, 1.05), (7, 1.05), (10, 1.05), (14, 1.05), (21, 1.05), (28, 1.05)];
        if a_day > 1 {
            // Many long windows: chance findings are more likely, so their thresholds are higher.
            windows = [2, 3, 6, 12, 24, 48, 96, 192, 336]
                .into_iter()
                .filter(|m| *m <= 4 * a_day)
                .map(|m| (m, 1.75))
                .collect();
        }
        Self {
            interval,
            a_day,
            fit,
            level: 0.06 / slower,
            noise: 0.02 / slower,
            weekday: 12.0 * points,
            hour: 0.06,
            adopt: u32::try_from(adopt).unwrap_or(u32::MAX),
            windows,
            keep: if a_day > 1 { days(14).clamp(128, 4096) } else { 104 },
            new_after: u32::try_from(new_after).unwrap_or(u32::MAX),
        }
    }
}
