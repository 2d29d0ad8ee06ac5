//! What days of the month add: fees on the first, invoices on the fifteenth, runs on the last days.

use serde::{Deserialize, Serialize};

use super::scale::Scale;
use crate::cadence::Place;
use crate::stats::median_of_five;

/// Months that a day's habit is the median of.
const MEMORY: usize = 5;
/// A day of the month stands out from so many deviations of noise on, and eight percent.
const STANDS_OUT: f64 = 4.0;
/// How much first and last days of a month usually differ where nothing is known: the prior that they are drawn from.
const PRIOR: f64 = 0.15;

/// What one day of the month added in the last months: as money and as a ratio, whichever turns out to be the habit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Memory {
    money: Vec<f32>,
    ratio: Vec<f32>,
    /// Whether it stood out, up or down.
    stood_out: Vec<i8>,
}

/// The memory of every day of the month; the last two are counted from the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Months {
    from_start: Vec<Memory>,
    from_end: Vec<Memory>,
    /// The day so far, where it has several points: cost, what was usual, points.
    today: (f64, f64, u32),
}

/// What a day of the month adds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Added {
    /// As money a point.
    pub(super) money: f64,
    /// As a difference on the scale.
    pub(super) ratio: f64,
    /// The variance of the estimate, as a multiple of the noise's.
    pub(super) doubt: f64,
    /// Seen once only: it may be a habit or may have been an exception.
    pub(super) once: bool,
    /// Whether money repeats better than the ratio does.
    pub(super) as_money: bool,
}

impl Default for Months {
    fn default() -> Self {
        Self { from_start: vec![Memory::default(); 32], from_end: vec![Memory::default(); 2], today: (0.0, 0.0, 0) }
    }
}

impl Months {
    fn memory(&self, place: Place) -> &Memory {
        let left = usize::from(place.days_left);
        if left < 2 { &self.from_end[left] } else { &self.from_start[usize::from(place.day_of_month)] }
    }

    /// What the day of a place adds; `None` where it is a day like any other.
    pub(super) fn added(&self, place: Place, variance: f64) -> Option<Added> {
        let memory = self.memory(place);
        let n = memory.money.len();
        if n == 0 {
            return None;
        }
        let mostly: i32 = memory.stood_out.iter().map(|s| i32::from(*s)).sum();
        let habit = usize::try_from(mostly.abs()).is_ok_and(|k| k * 2 > n);
        let special = place.days_left < 2 || place.day_of_month == 1;
        if !habit && !special {
            return None;
        }
        let (money, ratio) = (median_of_five(&memory.money), median_of_five(&memory.ratio));
        let count = crate::float(n);
        if habit && (money > 0.0) == (mostly > 0) {
            // The variance of a median is π/2 times that of a mean.
            let as_money = spread(&memory.money, money) / money.abs() <= spread(&memory.ratio, ratio) / ratio.abs();
            return Some(Added { money, ratio, doubt: 1.57 / count, once: n < 2, as_money });
        }
        if !special {
            return None;
        }
        let trust = count / (count + variance * 1.57 / (PRIOR * PRIOR));
        let (money, ratio) = (money * trust, ratio * trust);
        (money != 0.0).then_some(Added { money, ratio, doubt: 1.0 / count, once: false, as_money: false })
    }

    /// Remembers one point: what it cost, what was usual without the month, and their difference on the scale.
    pub(super) fn learn(&mut self, place: Place, cost: f64, usual: f64, away: f64, scale: Scale, noise: f64) {
        let (total, base, points) = self.today;
        let (total, base, points) = (total + cost, base + usual, points + 1);
        if !place.ends_day {
            self.today = (total, base, points);
            return;
        }
        self.today = (0.0, 0.0, 0);
        let ratio = if points == 1 {
            away
        } else {
            let base = scale.to(base, f64::NEG_INFINITY);
            scale.to(total, base) - base
        };
        let stood_out = if ratio.abs() > (STANDS_OUT * noise).max(0.08) { ratio.signum() } else { 0.0 };
        let left = usize::from(place.days_left);
        let memory =
            if left < 2 { &mut self.from_end[left] } else { &mut self.from_start[usize::from(place.day_of_month)] };
        remember(&mut memory.money, narrow((total - base) / f64::from(points)));
        remember(&mut memory.ratio, narrow(ratio));
        #[allow(clippy::cast_possible_truncation)] // -1, 0 or 1
        remember(&mut memory.stood_out, stood_out as i8);
    }

    /// Forgets the part of a day that was begun.
    pub(super) fn forget_today(&mut self) {
        self.today = (0.0, 0.0, 0);
    }
}

fn remember<T: Copy>(memory: &mut Vec<T>, value: T) {
    if memory.len() == MEMORY {
        memory.remove(0);
    }
    memory.push(value);
}

fn spread(values: &[f32], centre: f64) -> f64 {
    let mut distances = [0.0f32; MEMORY];
    for (distance, value) in distances.iter_mut().zip(values) {
        *distance = narrow((f64::from(*value) - centre).abs());
    }
    median_of_five(&distances[..values.len().min(MEMORY)])
}

#[allow(clippy::cast_possible_truncation)] // memories need seven digits
pub(super) fn narrow(x: f64) -> f32 {
    x as f32
}
