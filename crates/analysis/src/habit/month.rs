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

/// What one day of the month cost in the last months, newest last, and how far that was from a day like any other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Memory {
    seen: u8,
    cost: [f32; MEMORY],
    /// On the scale.
    ratio: [f32; MEMORY],
    /// Whether it stood out, up or down.
    stood_out: [i8; MEMORY],
}

/// The memory of every day of the month; the last two are counted from the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Months {
    days: Vec<Memory>,
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
        Self { days: vec![Memory::default(); 34], today: (0.0, 0.0, 0) }
    }
}

/// The number of a day's memory: days count from the month's start, the last two from its end.
fn slot(place: Place) -> usize {
    if place.days_left < 2 { usize::from(place.days_left) } else { 1 + usize::from(place.day_of_month) }
}

impl Months {
    /// What the day of a place adds; `None` where it is a day like any other.
    pub(super) fn added(&self, place: Place, variance: f64, scale: Scale) -> Option<Added> {
        let memory = &self.days[slot(place)];
        let n = usize::from(memory.seen);
        if n == 0 {
            return None;
        }
        let mostly: i32 = memory.stood_out[..n].iter().map(|s| i32::from(*s)).sum();
        let habit = usize::try_from(mostly.abs()).is_ok_and(|k| k * 2 > n);
        let special = place.days_left < 2 || place.day_of_month == 1;
        if !habit && !special {
            return None;
        }
        let mut money = [0.0f32; MEMORY];
        for ((money, cost), ratio) in money.iter_mut().zip(memory.cost).zip(memory.ratio) {
            *money = narrow(f64::from(cost) - scale.without(f64::from(cost), f64::from(ratio)));
        }
        let (moneys, ratios) = (&money[..n], &memory.ratio[..n]);
        let (money, ratio) = (median_of_five(moneys), median_of_five(ratios));
        let count = crate::float(n);
        if habit && (money > 0.0) == (mostly > 0) {
            // The variance of a median is π/2 times that of a mean.
            let as_money = spread(moneys, money) / money.abs() <= spread(ratios, ratio) / ratio.abs();
            return Some(Added { money, ratio, doubt: 1.57 / count, once: n < 2, as_money });
        }
        if !special {
            return None;
        }
        let trust = count / (count + variance * 1.57 / (PRIOR * PRIOR));
        let (money, ratio) = (money * trust, ratio * trust);
        (money != 0.0).then_some(Added { money, ratio, doubt: 1.0 / count, once: false, as_money: false })
    }

    /// Remembers one point: what it cost, and how far that was from what the level, the weekday and the hour expect. Where
    /// a day has several points, `usual` is what they expect, as money.
    pub(super) fn learn(
        &mut self,
        place: Place,
        cost: f64,
        away: f64,
        scale: Scale,
        noise: f64,
        usual: impl FnOnce() -> f64,
    ) {
        let whole_day = place.ends_day && self.today.2 == 0;
        let (cost, ratio) = if whole_day {
            (cost, away)
        } else {
            let (total, base, points) = self.today;
            self.today = (total + cost, base + usual(), points + 1);
            if !place.ends_day {
                return;
            }
            let (total, base, points) = std::mem::take(&mut self.today);
            let base = scale.to(base, f64::NEG_INFINITY);
            (total / f64::from(points), scale.to(total, base) - base)
        };
        let stood_out =
            i8::from(ratio > (STANDS_OUT * noise).max(0.08)) - i8::from(ratio < -(STANDS_OUT * noise).max(0.08));
        let memory = &mut self.days[slot(place)];
        let mut at = usize::from(memory.seen);
        if at == MEMORY {
            memory.cost.rotate_left(1);
            memory.ratio.rotate_left(1);
            memory.stood_out.rotate_left(1);
            at -= 1;
        }
        (memory.cost[at], memory.ratio[at], memory.stood_out[at]) = (narrow(cost), narrow(ratio), stood_out);
        memory.seen = u8::try_from(at + 1).unwrap_or(u8::MAX);
    }

    /// Forgets the part of a day that was begun.
    pub(super) fn forget_today(&mut self) {
        self.today = (0.0, 0.0, 0);
    }
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
