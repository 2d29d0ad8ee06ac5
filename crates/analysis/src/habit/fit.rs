//! The first fit: level, weekdays, hours and noise from a few weeks, by medians.

use super::noise::{Noise, clip};
use super::recent::{Mark, Recent};
use super::scale::Scale;
use super::{Grown, Months, Pace, Run, Weekday};
use crate::cadence::Place;
use crate::stats::{median, median_in_place};

/// How much weekdays differ where nothing is known.
const WEEKDAY_PRIOR: f64 = 0.25;

impl Grown {
    /// Learns from the first points of a series.
    pub(super) fn fit(points: &[(f64, Place)], pace: &Pace) -> Self {
        let values: Vec<f64> = points.iter().map(|(value, _)| *value).collect();
        let scale = Scale::of(&values);
        let positive: Vec<f64> = values.iter().copied().filter(|v| *v > 0.0).collect();
        let usual = median(&positive);
        let usual = scale.to(usual, f64::NEG_INFINITY);
        let x: Vec<f64> = values.iter().map(|v| scale.to(*v, usual)).collect();

        let hours = hours(&x, points, pace);
        let flat: Vec<f64> = x.iter().zip(points).map(|(x, (_, place))| x - hour(&hours, *place)).collect();
        let mut weekdays = weekdays(&flat, points, pace);
        let mut free: Vec<f64> =
            flat.iter().zip(points).map(|(x, (_, place))| x - weekdays[place.weekday()].effect).collect();
        let centre = median(&free);
        let distances: Vec<f64> = free.iter().map(|v| (v - centre).abs()).collect();
        let spread = (1.4826 * median(&distances)).max(1e-4);
        // What few weeks say of a weekday is drawn towards nothing by its noise.
        for weekday in &mut weekdays {
            let prior = WEEKDAY_PRIOR * WEEKDAY_PRIOR;
            weekday.effect *= prior / (prior + spread * spread / weekday.seen.max(1.0));
        }
        let mean = weekdays.iter().map(|w| w.effect).sum::<f64>() / 7.0;
        weekdays.iter_mut().for_each(|w| w.effect -= mean);
        for (v, (x, (_, place))) in free.iter_mut().zip(flat.iter().zip(points)) {
            *v = x - weekdays[place.weekday()].effect;
        }
        let last = free.len().saturating_sub(10 * pace.cadence.points_a_day());
        let level = median(&free[last..]);
        let deviation = first_noise(&free, spread);

        let mut recent = Recent::new(pace.keep);
        let mut months = Months::default();
        for ((value, place), free) in points.iter().zip(&free) {
            recent.push(level + clip(free - level, 2.0 * deviation), level, Mark::Fits);
            let expected = || scale.from(level + weekdays[place.weekday()].effect + hour(&hours, *place));
            if pace.cadence.knows_weekdays() {
                months.learn(*place, *value, free - level, scale, deviation, expected);
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
            run: Run { settled, quiet: u32::MAX, ..Run::default() },
            allowed: [0.0; 2],
        }
    }
}

pub(super) fn hour(hours: &[f32], place: Place) -> f64 {
    hours.get(usize::from(place.slot)).copied().map_or(0.0, f64::from)
}

/// How each point of the day differs from its day's median.
fn hours(x: &[f64], points: &[(f64, Place)], pace: &Pace) -> Vec<f32> {
    let a_day = pace.cadence.points_a_day();
    if a_day == 1 {
        return Vec::new();
    }
    let mut by_slot: Vec<Vec<f64>> = vec![Vec::new(); a_day];
    for (day, places) in x.chunks(a_day).zip(points.chunks(a_day)) {
        let centre = median(day);
        for (x, (_, place)) in day.iter().zip(places) {
            by_slot[usize::from(place.slot).min(a_day - 1)].push(x - centre);
        }
    }
    by_slot.iter_mut().map(|slot| super::month::narrow(median_in_place(slot))).collect()
}

/// How each weekday differs from the week around it.
fn weekdays(x: &[f64], points: &[(f64, Place)], pace: &Pace) -> [Weekday; 7] {
    let mut out = [Weekday::default(); 7];
    if !pace.cadence.knows_weekdays() {
        return out;
    }
    let week = 7 * pace.cadence.points_a_day();
    let mut away: [Vec<f64>; 7] = Default::default();
    for (i, (x_i, (value, place))) in x.iter().zip(points).enumerate() {
        let weekday = &mut out[place.weekday()];
        weekday.seen += 1.0;
        weekday.idle += f64::from(u8::from(*value == 0.0));
        if x.len() >= 2 * week {
            let from = i.saturating_sub(week / 2).min(x.len() - week);
            away[place.weekday()].push(x_i - median(&x[from..from + week]));
        }
    }
    for (weekday, away) in out.iter_mut().zip(&mut away) {
        weekday.effect = median_in_place(away);
        weekday.idle /= weekday.seen.max(1.0);
    }
    out
}

/// The deviation of one step: that around the level, or less where steps are smaller because the level moved.
fn first_noise(free: &[f64], spread: f64) -> f64 {
    let mut steps: Vec<f64> = free.windows(2).map(|w| (w[1] - w[0]).abs()).collect();
    // √2 for a difference of two, less for the memory that noise has.
    let step = 1.4826 * median_in_place(&mut steps) / 1.2;
    let deviation = spread.min(step.max(0.5 * spread)).max(0.002);
    // Few points make a scale uncertain.
    1.03 * deviation
}
