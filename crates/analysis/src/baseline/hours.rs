//! Hours of the week: office hours on weekdays only, a nightly batch that is longer on Saturdays.

use serde::{Deserialize, Serialize};

use super::LearningRates;
use super::month::narrow;
use crate::interval::CalendarPosition;
use crate::stats::median_in_place;

const HOURS: usize = 7 * 24;
/// The share of a residual that an hour of the week adopts.
const RATE: f64 = 0.15;
/// The prior deviation of an hour of the week from its hour and its weekday.
const PRIOR: f64 = 0.25;

/// The effect of each hour of the week beyond its hour and its weekday, on the scale.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct WeekHours {
    #[serde(with = "super::packed")]
    effects: Vec<f32>,
    /// The distance of the hour's last anomaly; zero if the last point fitted.
    #[serde(with = "super::packed")]
    last: Vec<f32>,
    /// The highest effect of weekday, hour and hour of the week together.
    peak: f32,
}

fn hour_of(position: CalendarPosition, a_day: usize) -> usize {
    24 * position.weekday() + (24 * usize::from(position.slot) / a_day.max(1)).min(23)
}

impl WeekHours {
    /// Learns from the first points: what is left of them without level, weekday and hour, with its spread.
    pub(super) fn fit(left: &[f64], positions: &[CalendarPosition], a_day: usize, spread: f64) -> Self {
        let mut by_hour: Vec<Vec<f64>> = vec![Vec::new(); HOURS];
        if left.len() >= 14 * a_day {
            for (x, position) in left.iter().zip(positions) {
                by_hour[hour_of(*position, a_day)].push(*x);
            }
        }
        let effect = |values: &mut Vec<f64>| {
            let trust = PRIOR * PRIOR / (PRIOR * PRIOR + spread * spread / crate::float(values.len().max(1)));
            narrow(trust * nearer_middle(values))
        };
        Self { effects: by_hour.iter_mut().map(effect).collect(), last: vec![0.0; HOURS], peak: 0.0 }
    }

    pub(super) fn effect(&self, position: CalendarPosition, a_day: usize) -> f64 {
        if self.effects.is_empty() {
            return 0.0;
        }
        self.effects.get(hour_of(position, a_day)).copied().map_or(0.0, f64::from)
    }

    pub(super) fn peak(&self) -> f64 {
        f64::from(self.peak)
    }

    /// Computes the highest effect again: once a day.
    pub(super) fn update_peak(&mut self, weekdays: &[f64; 7], hours: &[f32]) {
        let a_day = hours.len();
        let mut peak = f32::NEG_INFINITY;
        for (slot, hour) in hours.iter().enumerate() {
            for (weekday, effect) in weekdays.iter().enumerate() {
                let at = 24 * weekday + (24 * slot / a_day.max(1)).min(23);
                peak = peak.max(narrow(*effect) + hour + self.effects.get(at).copied().unwrap_or(0.0));
            }
        }
        self.peak = peak;
    }

    pub(super) fn learn(&mut self, position: CalendarPosition, residual: f64, rates: &LearningRates) {
        let a_day = rates.a_day;
        let rate = RATE / (crate::float(a_day) / 24.0).max(1.0);
        if let Some(effect) = self.effects.get_mut(hour_of(position, a_day)) {
            *effect += narrow(rate * residual);
        }
    }

    /// Whether an anomaly repeats that of the same hour a week ago; the hour's effect adopts it then.
    pub(super) fn repeats(&mut self, position: CalendarPosition, a_day: usize, away: f64, tolerance: f64) -> bool {
        let at = hour_of(position, a_day);
        let (Some(last), Some(effect)) = (self.last.get_mut(at), self.effects.get_mut(at)) else { return false };
        let before = f64::from(*last);
        if before != 0.0 && (before > 0.0) == (away > 0.0) && (before - away).abs() <= tolerance {
            *effect += narrow(away);
            *last = 0.0;
            return true;
        }
        *last = narrow(away);
        false
    }

    /// Records that a point of this hour fitted.
    pub(super) fn record_fit(&mut self, position: CalendarPosition, a_day: usize) {
        if let Some(last) = self.last.get_mut(hour_of(position, a_day)) {
            *last = 0.0;
        }
    }
}

/// The median; of an even number whose middle values are far apart, the middle value nearer to zero.
pub(super) fn nearer_middle(values: &mut [f64]) -> f64 {
    let n = values.len();
    if n == 0 || n % 2 == 1 {
        return median_in_place(values);
    }
    values.sort_by(f64::total_cmp);
    let (low, high) = (values[n / 2 - 1], values[n / 2]);
    match () {
        () if high - low <= PRIOR => f64::midpoint(low, high),
        () if low.abs() < high.abs() => low,
        () => high,
    }
}
