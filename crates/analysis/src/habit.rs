//! The habits of a cost series: its level, its week, its month, its trend and its noise.
//!
//! A day is expected to cost `level × weekday + monthly`, where the level is the median of recent days with the weekday
//! taken out, and `monthly` is what the same day of earlier months added (fees on the first, runs at the month's end).
//! Days that did not fit before are left out, so that a spike does not teach.

use tollgate_model::Day;

use crate::stats::{median, robust_deviation, slope};

/// Days of the past that weekdays are learned from: eight of each.
const WEEKS: usize = 56;
/// Days of the past that the level is the median of: two of each weekday.
const LEVEL_DAYS: usize = 14;
/// Days of the past that the trend is learned from.
const TREND_DAYS: usize = 42;
/// Days of the past that monthly habits are looked for in: a third of a year.
const MONTHS_BACK: usize = 125;
/// The least history that a habit can be learned from.
pub(crate) const WARM_UP: usize = 21;
/// Noise below this share of the level is not believed: bills jitter by more.
const NOISE_FLOOR: f64 = 0.02;

/// What is usual on a day.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usual {
    pub(crate) expected: f64,
    /// One standard deviation of the series' own noise around it.
    pub(crate) deviation: f64,
}

/// The habits of a series as they were known before a day.
#[derive(Clone, Debug)]
pub(crate) struct Habit<'v> {
    start: Day,
    values: &'v [f64],
    end: usize,
    pub(crate) level: f64,
    slope: f64,
    weekday: [f64; 7],
    pub(crate) noise: f64,
    noise_of: [f64; 7],
}

impl<'v> Habit<'v> {
    /// Learns from days `0..end` of `values`, of which `fits` says which to learn from. `None` with too little history.
    pub(crate) fn learn(start: Day, values: &'v [f64], fits: &[bool], end: usize) -> Option<Self> {
        let recent: Vec<usize> = (end.saturating_sub(WEEKS)..end).filter(|i| fits[*i]).collect();
        if recent.len() < WARM_UP {
            return None;
        }
        // Ratios within a week know no level, so days that did not fit teach the week all the same.
        let every: Vec<usize> = (end.saturating_sub(WEEKS)..end).collect();
        let weekday = weekdays(start, values, &every);
        let flat = |i: usize| values[i] / weekday[start.plus(index(i)).weekday()].max(1e-9);
        let last: Vec<usize> = recent.iter().rev().take(LEVEL_DAYS).copied().collect();
        let level = median(&last.iter().map(|i| flat(*i)).collect::<Vec<_>>());
        let trend: Vec<(f64, f64)> = recent.iter().rev().take(TREND_DAYS).map(|i| (float(*i), flat(*i))).collect();
        let trend: Vec<(f64, f64)> = trend.into_iter().rev().collect();
        // A slope beyond one percent of the level a day is a step, not a trend.
        let slope = slope(&trend).clamp(-0.01 * level.abs(), 0.01 * level.abs());
        let middle = last.iter().map(|i| float(*i)).sum::<f64>() / float(last.len().max(1));
        let level = level + slope * (float(end) - middle);
        let line = |i: usize| level + slope * (float(i) - float(end));
        let relative: Vec<f64> = recent.iter().map(|i| flat(*i) - line(*i)).collect();
        let noise = robust_deviation(&relative).max(NOISE_FLOOR * level.abs());
        // A weekday that is not learned well yet misses again and again: it is that much noisier.
        let misses = |weekday: usize| -> Vec<f64> {
            let of = recent.iter().zip(&relative).filter(|(i, _)| start.plus(index(**i)).weekday() == weekday);
            of.map(|(_, r)| r.abs()).collect()
        };
        let noise_of = std::array::from_fn(|w| noise.max(1.4826 * median(&misses(w))));
        Some(Self { start, values, end, level, slope, weekday, noise, noise_of })
    }

    /// What is usual on the day at `index`, at or after the end of what was learned from.
    pub(crate) fn usual(&self, at: usize) -> Usual {
        let day = self.start.plus(index(at));
        let ahead = float(at.saturating_sub(self.end));
        // A trend does not go on for ever: it fades with a half-life of a quarter.
        let reach = 130.0 * (1.0 - (-ahead / 130.0).exp());
        let base = (self.level + self.slope * reach).max(0.0) * self.weekday[day.weekday()];
        let (monthly, doubt) = self.monthly(day);
        let deviation =
            self.noise_of[day.weekday()] * self.weekday[day.weekday()].max(0.1) + 0.1 * monthly.abs() + doubt;
        Usual { expected: base + monthly, deviation }
    }

    /// What the same day of earlier months added, and how much doubt there is of it: the last day of a month is compared
    /// with last days, others with their number. Seen twice or more and alike it is a habit; seen once it may be one.
    fn monthly(&self, day: Day) -> (f64, f64) {
        if day.is_last_of_month() {
            let (shift, doubt) = self.added(|d| d.is_last_of_month());
            if shift != 0.0 || doubt != 0.0 {
                return (shift, doubt);
            }
        }
        let number = day.day_of_month();
        self.added(|d| d.day_of_month() == number && !d.is_last_of_month())
    }

    fn added(&self, same: impl Fn(Day) -> bool) -> (f64, f64) {
        let places =
            (self.end.saturating_sub(MONTHS_BACK)..self.end).rev().filter(|i| same(self.start.plus(index(*i))));
        let before: Vec<f64> = places.take(4).map(|i| self.residual(i)).collect();
        let large = 4.0 * self.noise;
        match before.as_slice() {
            [once] if once.abs() > large => (once / 2.0, once.abs() / 2.0),
            [] | [_] => (0.0, 0.0),
            several => {
                let up = several.iter().filter(|r| **r > large).count();
                let down = several.iter().filter(|r| **r < -large).count();
                let habit = up * 2 > several.len() || down * 2 > several.len();
                (if habit { median(several) } else { 0.0 }, 0.0)
            }
        }
    }

    /// How far a day was from its neighbourhood's own level, whatever has become of the level since.
    fn residual(&self, at: usize) -> f64 {
        let factor = |i: usize| self.weekday[self.start.plus(index(i)).weekday()];
        let around: Vec<f64> = (at.saturating_sub(7)..(at + 8).min(self.end))
            .filter(|i| *i != at)
            .map(|i| self.values[i] / factor(i))
            .collect();
        self.values[at] - median(&around) * factor(at)
    }
}

/// How each weekday compares with the others: medians of ratios to the week around, drawn towards one where few.
fn weekdays(start: Day, values: &[f64], recent: &[usize]) -> [f64; 7] {
    let mut ratios: [Vec<f64>; 7] = Default::default();
    let (first, last) = (recent.first().copied().unwrap_or(0), recent.last().copied().unwrap_or(0));
    for i in recent {
        let (from, to) = (i.saturating_sub(3).max(first), (i + 3).min(last));
        if to - from < 6 {
            continue;
        }
        let week = values[from..=to].iter().sum::<f64>() / 7.0;
        if week > 0.0 {
            ratios[start.plus(index(*i)).weekday()].push(values[*i] / week);
        }
    }
    let mut out = [1.0; 7];
    for (factor, seen) in out.iter_mut().zip(&ratios) {
        let weight = float(seen.len()) / (float(seen.len()) + 0.3);
        *factor = 1.0 + weight * (median(seen) - 1.0);
        if seen.is_empty() {
            *factor = 1.0;
        }
    }
    let mean = out.iter().sum::<f64>() / 7.0;
    if mean > 0.0 { out.map(|f| (f / mean).max(0.01)) } else { [1.0; 7] }
}

pub(crate) fn index(i: usize) -> i32 {
    i32::try_from(i).unwrap_or(i32::MAX)
}

#[allow(clippy::cast_precision_loss)] // days of a calendar are far below 2^52
pub(crate) fn float(i: usize) -> f64 {
    i as f64
}
