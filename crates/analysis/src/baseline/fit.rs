//! The first fit: level, weekdays, hours and noise from a few weeks, by medians.

use super::noise::{Noise, clip};
use super::recent::{PointStatus, Recent};
use super::scale::Scale;
use super::{LearnedBaseline, LearningRates, MonthDays, Run, Weekday};
use crate::interval::CalendarPosition;
use crate::stats::{median, median_in_place};

/// The prior deviation of weekday effects.
const WEEKDAY_PRIOR: f64 = 0.25;

impl LearnedBaseline {
    /// Learns from the first points of a series.
    pub(super) fn fit(points: &[(f64, CalendarPosition)], rates: &LearningRates) -> Self {
        let values: Vec<f64> = points.iter().map(|(value, _)| *value).collect();
        let scale = Scale::of(&values);
        let positive: Vec<f64> = values.iter().copied().filter(|v| *v > 0.0).collect();
        let usual = median(&positive);
        let usual = scale.to_scale(usual, f64::NEG_INFINITY);
        let x: Vec<f64> = values.iter().map(|v| scale.to_scale(*v, usual)).collect();

        let hours = hours(&x, points, rates);
        let flat: Vec<f64> = x.iter().zip(points).map(|(x, (_, position))| x - hour(&hours, *position)).collect();
        let mut weekdays = weekdays(&flat, points, rates);
        let mut free: Vec<f64> =
            flat.iter().zip(points).map(|(x, (_, position))| x - weekdays[position.weekday()].effect).collect();
        let centre = median(&free);
        let distances: Vec<f64> = free.iter().map(|v| (v - centre).abs()).collect();
        let spread = (1.4826 * median(&distances)).max(1e-4);
        // Effects learned from few weeks are shrunk towards zero according to the noise.
        for weekday in &mut weekdays {
            let prior = WEEKDAY_PRIOR * WEEKDAY_PRIOR;
            weekday.effect *= prior / (prior + spread * spread / weekday.seen.max(1.0));
        }
        let mean = weekdays.iter().map(|w| w.effect).sum::<f64>() / 7.0;
        weekdays.iter_mut().for_each(|w| w.effect -= mean);
        for (v, (x, (_, position))) in free.iter_mut().zip(flat.iter().zip(points)) {
            *v = x - weekdays[position.weekday()].effect;
        }
        let last = free.len().saturating_sub(10 * rates.interval.points_per_day());
        let level = median(&free[last..]);
        let deviation = first_noise(&free, spread);

        let mut recent = Recent::new(rates.keep);
        let mut months = MonthDays::default();
        for ((value, position), free) in points.iter().zip(&free) {
            recent.push(level + clip(free - level, 2.0 * deviation), level, PointStatus::Fits);
            let expected = || scale.value_at(level + weekdays[position.weekday()].effect + hour(&hours, *position));
            if rates.interval.has_weekdays() {
                months.learn(*position, *value, free - level, scale, deviation, expected);
            }
        }
        let settled = u32::try_from(points.len()).unwrap_or(u32::MAX);
        Self {
            scale,
            level,
            hours,
            weekdays,
            months,
            noise: Noise::new(deviation * deviation),
            recent,
            run: Run { settled, fitting_points: u32::MAX, ..Run::default() },
            allowed: [0.0; 2],
        }
    }
}

pub(super) fn hour(hours: &[f32], position: CalendarPosition) -> f64 {
    hours.get(usize::from(position.slot)).copied().map_or(0.0, f64::from)
}

/// The difference of each point of the day from its day's median.
fn hours(x: &[f64], points: &[(f64, CalendarPosition)], rates: &LearningRates) -> Vec<f32> {
    let a_day = rates.interval.points_per_day();
    if a_day == 1 {
        return Vec::new();
    }
    let mut by_slot: Vec<Vec<f64>> = vec![Vec::new(); a_day];
    for (day, positions) in x.chunks(a_day).zip(points.chunks(a_day)) {
        let centre = median(day);
        for (x, (_, position)) in day.iter().zip(positions) {
            by_slot[usize::from(position.slot).min(a_day - 1)].push(x - centre);
        }
    }
    by_slot.iter_mut().map(|slot| super::month::narrow(median_in_place(slot))).collect()
}

/// The difference of each weekday from the median of the week around it.
fn weekdays(x: &[f64], points: &[(f64, CalendarPosition)], rates: &LearningRates) -> [Weekday; 7] {
    let mut out = [Weekday::default(); 7];
    if !rates.interval.has_weekdays() {
        return out;
    }
    let week = 7 * rates.interval.points_per_day();
    let mut away: [Vec<f64>; 7] = Default::default();
    for (i, (x_i, (value, position))) in x.iter().zip(points).enumerate() {
        let weekday = &mut out[position.weekday()];
        weekday.seen += 1.0;
        weekday.idle += f64::from(u8::from(*value == 0.0));
        if x.len() >= 2 * week {
            let from = i.saturating_sub(week / 2).min(x.len() - week);
            away[position.weekday()].push(x_i - median(&x[from..from + week]));
        }
    }
    for (weekday, away) in out.iter_mut().zip(&mut away) {
        weekday.effect = median_in_place(away);
        weekday.idle /= weekday.seen.max(1.0);
    }
    out
}

/// The deviation of one step: the spread around the level, or less if the steps are smaller because the level moved.
fn first_noise(free: &[f64], spread: f64) -> f64 {
    let mut steps: Vec<f64> = free.windows(2).map(|w| (w[1] - w[0]).abs()).collect();
    // A difference of two values has √2 times the deviation, less because the noise is autocorrelated.
    let step = 1.4826 * median_in_place(&mut steps) / 1.2;
    let deviation = spread.min(step.max(0.5 * spread)).max(0.002);
    // Few points make the scale uncertain.
    1.03 * deviation
}
