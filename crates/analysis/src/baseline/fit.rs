//! The first fit: level, weekdays, hours and noise from a few weeks, by medians.

use super::hours::nearer_middle;
use super::noise::{Noise, clip};
use super::recent::{PointStatus, Recent};
use super::scale::Scale;
use super::{
    EventLog, Growth, LearnedBaseline, LearningRates, MonthDays, Off, Patterns, Run, Steps, WeekHours, Weekday,
};
use crate::interval::CalendarPosition;
use crate::stats::{median, median_in_place};

/// Points this far above the lowest position of the scale have a cost; their number that a spread needs.
const ACTIVE: (f64, usize) = (0.5, 8);
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
        let active: Vec<bool> = {
            let lowest = scale.lowest(x.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            x.iter().map(|x| *x > lowest + ACTIVE.0).collect()
        };
        let mut spread = (1.4826 * median(&distances)).max(spread_of(&free, &active)).max(1e-4);
        let repeated = is_repeated(&values);
        if repeated {
            spread = spread.max(mean_of_smaller(distances));
        }
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
        let positions: Vec<CalendarPosition> = points.iter().map(|(_, position)| *position).collect();
        let week_hours = if hours.is_empty() {
            WeekHours::default()
        } else {
            let centre = median(&free);
            let left: Vec<f64> = free.iter().map(|v| v - centre).collect();
            let a_day = rates.a_day;
            let mut week_hours = WeekHours::fit(&left, &positions, a_day, spread);
            week_hours.update_peak(&weekdays.map(|w| w.effect), &hours);
            for (v, position) in free.iter_mut().zip(&positions) {
                *v -= week_hours.effect(*position, a_day);
            }
            if points.len() >= 14 * a_day {
                spread = spread_of(&free, &active).max(1e-4);
            }
            week_hours
        };
        let last = free.len().saturating_sub(10 * rates.a_day);
        let level = median(&free[last..]);
        let deviation = first_noise(&only(&free, &active), spread, if repeated { 0.9 } else { 0.5 });

        let mut recent = Recent::new(rates.keep);
        let mut months = MonthDays::default();
        let (mut events, mut patterns) = (EventLog::default(), Patterns::default());
        let daily = rates.a_day == 1 && rates.interval.has_weekdays();
        for ((value, position), free) in points.iter().zip(&free) {
            recent.push(level + clip(free - level, 2.0 * deviation), level, PointStatus::Fits);
            let hour = hour(&hours, *position) + week_hours.effect(*position, hours.len());
            let expected = || scale.value_at(level + weekdays[position.weekday()].effect + hour);
            let away = free - level;
            if daily && away.abs() > (4.0 * deviation).max(0.08) {
                patterns.record(&mut events, *position, Some((away, value - expected())), false);
            }
            if rates.interval.has_weekdays() {
                months.learn(*position, *value, free - level, scale, deviation, expected);
            }
        }
        let settled = u32::try_from(points.len()).unwrap_or(u32::MAX);
        Self {
            scale,
            level,
            hours,
            week_hours,
            weekdays,
            months,
            noise: Noise::new(deviation * deviation),
            recent,
            run: Run { settled, fitting_points: u32::MAX, ..Run::default() },
            events,
            patterns,
            off: Off::default(),
            growth: Growth::default(),
            steps: Steps::default(),
            previous_level: None,
            points: settled,
            jobs_reported: i32::MIN / 2,
            rest: (0, 0.0),
            allowed: [0.0; 2],
        }
    }
}

pub(super) fn hour(hours: &[f32], position: CalendarPosition) -> f64 {
    hours.get(usize::from(position.slot)).copied().map_or(0.0, f64::from)
}

/// The difference of each point of the day from its day's median.
fn hours(x: &[f64], points: &[(f64, CalendarPosition)], rates: &LearningRates) -> Vec<f32> {
    let a_day = rates.a_day;
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
    let week = 7 * rates.a_day;
    let mut away: [Vec<f64>; 7] = Default::default();
    let mut around: Vec<f64> = Vec::with_capacity(week);
    for (i, (x_i, (value, position))) in x.iter().zip(points).enumerate() {
        let weekday = &mut out[position.weekday()];
        weekday.seen += 1.0;
        weekday.idle += f64::from(u8::from(*value == 0.0));
        if x.len() >= 2 * week {
            let from = i.saturating_sub(week / 2).min(x.len() - week);
            around.clear();
            around.extend_from_slice(&x[from..from + week]);
            away[position.weekday()].push(x_i - median_in_place(&mut around));
        }
    }
    for (weekday, away) in out.iter_mut().zip(&mut away) {
        // A weekday that differs in half of the weeks is not known to differ.
        weekday.effect = nearer_middle(away);
        weekday.idle /= weekday.seen.max(1.0);
    }
    out
}

/// The values whose points have a cost, or all if these are few.
fn only(values: &[f64], active: &[bool]) -> Vec<f64> {
    let chosen: Vec<f64> = values.iter().zip(active).filter(|(_, active)| **active).map(|(v, _)| *v).collect();
    if chosen.len() >= ACTIVE.1 { chosen } else { values.to_vec() }
}

/// The spread of the values whose points have a cost.
fn spread_of(values: &[f64], active: &[bool]) -> f64 {
    let values = only(values, active);
    let centre = median(&values);
    let distances: Vec<f64> = values.iter().map(|v| (v - centre).abs()).collect();
    1.4826 * median(&distances)
}

/// Whether most values occur several times: cents, or a price per unit. Medians of their distances are often zero.
fn is_repeated(values: &[f64]) -> bool {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    3 * sorted.len() < values.len()
}

/// A spread from the mean of the smaller four fifths of the distances.
fn mean_of_smaller(mut distances: Vec<f64>) -> f64 {
    distances.sort_by(f64::total_cmp);
    distances.truncate(distances.len() * 4 / 5);
    1.1 * distances.iter().sum::<f64>() / crate::float(distances.len().max(1))
}

/// The deviation of one step: the spread around the level, or less if the steps are smaller because the level moved.
fn first_noise(free: &[f64], spread: f64, least: f64) -> f64 {
    let mut steps: Vec<f64> = free.windows(2).map(|w| (w[1] - w[0]).abs()).collect();
    // A difference of two values has √2 times the deviation, less because the noise is autocorrelated.
    let step = 1.4826 * median_in_place(&mut steps) / 1.2;
    let deviation = spread.min(step.max(least * spread)).max(0.002);
    // Few points make the scale uncertain.
    1.03 * deviation
}
