//! Changes of the weekly pattern: a weekday that deviates for the third week in the same way is the pattern from then on.

use super::LearnedBaseline;
use super::events::Event;
use super::patterns::Deviation;
use crate::float;
use crate::stats::median;

/// Weeks looked back on.
const WEEKS: i32 = 8;
/// Chance may explain a new weekly pattern with this probability.
const CHANCE: f64 = 0.001;
/// Deviations on other weekdays from which they are jobs, and the probability then: jobs on random days repeat on some weekday of
/// the year by chance.
const JOBS: (usize, f64) = (8, 1e-5);

impl LearnedBaseline {
    /// The same deviation on the same weekday of the weeks before, if it is a change of the weekly pattern and no chance.
    pub(super) fn weekly_change(&self, deviation: &Deviation) -> Option<[Event; 2]> {
        let (day, up) = (deviation.position.day, deviation.away > 0.0);
        let mut hits = (1..=WEEKS)
            .map_while(|week| self.events.on(day - 7 * week))
            .take_while(|e| e.is_up() == up && deviation.resembles(e, deviation.tolerance));
        let (last, before) = (*hits.next()?, *hits.next()?);
        let weeks = 2 + hits.count();
        let other = |e: &&Event| !e.is_of_month() && e.is_up() == up && (day - e.day) % 7 != 0;
        let alone = |e: &&Event| other(e) && self.events.on(e.day - 7).is_none() && self.events.on(e.day + 7).is_none();
        // The pattern is no new one where other days stood out before, or stand out without repeating weekly: then deviations come on any
        // day, and some repeat by chance.
        let no_change = |e: &&Event| other(e) && (e.day < day - 15 || alone(e));
        if self.events.since(day - 28).any(|e| no_change(&e)) {
            let known = f64::from(self.points).min(120.0);
            let mut on = [0usize; 7];
            let others = self.events.since(day - 120).filter(other);
            others.for_each(|e| on[usize::try_from((day - e.day).rem_euclid(7)).unwrap_or(0)] += 1);
            let (rate, chance) = rate_and_chance(&on, known);
            if 7.0 * rate.powi(i32::try_from(weeks).unwrap_or(i32::MAX)) >= chance {
                return None;
            }
        }
        Some([last, before])
    }

    /// Adopts a change of the weekly pattern.
    pub(super) fn adopt_weekday(&mut self, deviation: &Deviation, hits: &[Event; 2]) {
        let step = median(&[deviation.away, hits[0].away(), hits[1].away()]);
        let weekday = &mut self.weekdays[deviation.position.weekday()];
        weekday.effect += step;
        weekday.seen = 4.0;
        // Effects of weekdays sum to zero; their common part belongs to the level.
        self.weekdays.iter_mut().for_each(|w| w.effect -= step / 7.0);
        self.level += step / 7.0;
        self.run.before += step / 7.0;
        self.recent.shift(step / 7.0);
        self.growth.shift(step / 7.0);
        self.events.forget(&[hits[0].day, hits[1].day]);
    }
}

/// The share of days with a deviation, by their number on each other weekday in some days, and the probability that chance may have.
fn rate_and_chance(on: &[usize; 7], days: f64) -> (f64, f64) {
    let count: usize = on.iter().sum();
    let rate = (float(count) / days).max(1.0 / 120.0);
    if count < JOBS.0 {
        return (rate, CHANCE);
    }
    // Jobs on weekdays alone come on more of them.
    let weekdays = on.iter().filter(|count| **count > 0).count();
    (rate.max(7.0 * float(count) / (days * float(weekdays))), JOBS.1)
}
