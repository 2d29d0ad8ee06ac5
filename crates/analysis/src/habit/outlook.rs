//! Outlooks: habits carried on, with an interval from noise and from what the level and the trend may turn out to be.

use super::recent::Mark;
use super::{Amounts, Grown, Habit, Stage};
use crate::cadence::{Cadence, Place};
use crate::float;
use crate::stats::{median, normal_quantile};

/// Days that the level and the trend are learned from: a quarter.
const QUARTER: usize = 91;
/// A day back counts 1.5 % less than the day after it.
const DISCOUNT: f64 = 0.985;
/// Trends of cost are of this size a day, three percent a month: the prior that a slope is drawn from.
const TREND: f64 = 0.001;
/// A trend fades with a time constant of 500 days: no growth is for ever.
const FADE: f64 = 0.002;
/// A level within the quarter is another one from so many deviations on.
const STEP: f64 = 5.0;
/// Points from which a run that is still on is believed: what it has is the level.
const RUN: u32 = 4;
/// 90 % of a normal distribution lie within so many deviations.
const NINETY: f64 = 1.645;

/// One point to come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outlook {
    /// The expected cost: the median day of series that cost something every day, the mean day of others.
    pub mean: f64,
    /// The lower end of the 90 % interval.
    pub low: f64,
    /// The upper end of the 90 % interval.
    pub high: f64,
    /// One deviation of the point by itself, in money: independent from point to point.
    pub noise: f64,
    /// One deviation of level and trend, in money: shared by all points.
    pub drift: f64,
}

/// The level before a run that is still on.
#[derive(Default)]
struct Back {
    /// How far below the run it lies, on the scale.
    distance: f64,
    /// One deviation of whether it comes back, as a share of the distance.
    deviation: f64,
}

/// Level and trend at the end of a series, with their variances.
struct Line {
    level: f64,
    slope: f64,
    level_variance: f64,
    slope_variance: f64,
}

impl Habit {
    /// What the points at `places` will cost, of which the first comes `skip` points after the next one. Empty when
    /// nothing is known.
    pub fn outlook(&self, cadence: Cadence, places: &[Place], skip: usize) -> Vec<Outlook> {
        let Some(born) = self.born else { return Vec::new() };
        match &self.stage {
            Stage::Young(values) => young(values, places.len()),
            Stage::Grown(grown) if grown.is_idle() => {
                vec![idle(&self.amounts, self.seen.saturating_sub(born)); places.len()]
            }
            Stage::Grown(grown) => grown.outlook(cadence, places, skip),
        }
    }
}

/// Too young for habits: the last two weeks go on, give or take half.
fn young(values: &[(f64, Place)], count: usize) -> Vec<Outlook> {
    let last: Vec<f64> = values.iter().rev().take(14).map(|(value, _)| *value).collect();
    let mean = median(&last);
    let noise = 0.25 * mean.abs();
    let (low, high) = (mean - NINETY * 1.3 * noise, mean + NINETY * 1.5 * noise);
    vec![Outlook { mean, low: low.max(0.0f64.min(mean)), high, noise, drift: noise }; count]
}

/// Cost on some days only: each day is expected to cost its share of what such days cost.
fn idle(amounts: &Amounts, age: u32) -> Outlook {
    // Half a day more with cost and two and a half without: the rate is never quite nothing.
    let rate = ((f64::from(amounts.count) + 0.5) / (f64::from(age) + 3.0)).min(1.0);
    let mean = rate * amounts.mean();
    let spread = amounts.mean() * (rate * (1.0 - rate + amounts.deviation().powi(2))).sqrt();
    // Nineteen of twenty days cost no more.
    let beyond = 0.05 / rate;
    let high = if beyond >= 1.0 { 0.0 } else { amounts.at(normal_quantile(1.0 - beyond)) };
    let drift = mean / f64::from(amounts.count.max(1)).sqrt();
    Outlook { mean, low: 0.0, high: high.max(mean), noise: spread, drift }
}

impl Grown {
    fn outlook(&self, cadence: Cadence, places: &[Place], skip: usize) -> Vec<Outlook> {
        let line = self.line(cadence);
        let back = self.may_go_back(&line);
        let around = self.noise.around_level().powi(2);
        let a_day = float(cadence.points_a_day());
        let fade = FADE / a_day;
        let out = places.iter().enumerate().map(|(i, place)| {
            let ahead = float(skip + i + 1);
            let reach = (1.0 - (-ahead * fade).exp()) / fade;
            let base = line.level + line.slope * reach + self.season(*place);
            let weekday = &self.weekdays[place.weekday()];
            let mut noise = around + self.noise.variance / weekday.seen.max(1.0);
            let drift = line.level_variance + line.slope_variance * ahead * ahead;
            let mut x = base;
            let added = if cadence.knows_weekdays() {
                self.months.added(*place, self.noise.variance, self.scale)
            } else {
                None
            };
            if let Some(added) = added.filter(|a| !a.once) {
                let money = self.scale.to(self.scale.from(base) + added.money, base);
                x = if added.as_money { money } else { base + added.ratio };
                noise += self.noise.variance * added.doubt;
            }
            let reach = NINETY * (noise + drift).sqrt();
            let at = |x: f64| self.scale.from(x);
            let mean = at(x);
            let deviation = |variance: f64| at(x + variance.sqrt()) - mean;
            let drift = deviation(drift).hypot((mean - at(x - back.distance)) * back.deviation);
            Outlook { mean, low: at(x - reach - back.distance), high: at(x + reach), noise: deviation(noise), drift }
        });
        out.collect()
    }

    /// More cost that has lasted some days only is carried on, but people may end it: then the level before is back.
    fn may_go_back(&self, line: &Line) -> Back {
        if self.run.points < RUN || self.run.quiet >= 2 {
            return Back::default();
        }
        // Of what has lasted n days, one in n + 1 ends on the next: the rule of succession.
        let ends = 1.0 / (f64::from(self.run.points) + 1.0);
        Back { distance: (line.level - self.run.before).max(0.0), deviation: (ends * (1.0 - ends)).sqrt() }
    }

    /// Level and trend at the end, by least squares over the last quarter: discounted, drawn towards no trend, with weights
    /// that fall for points far away (Huber), and without a step that is in it.
    fn line(&self, cadence: Cadence) -> Line {
        let around = self.noise.around_level();
        let memory = self.noise.memory();
        let a_day = cadence.points_a_day();
        // The variance of a mean of n points is this, divided by n.
        let long_run = around * around * (1.0 + memory) / (1.0 - memory);
        let running = (self.run.points >= RUN && self.run.quiet < 2).then_some(self.run.points as usize);
        let mut points: Vec<(f64, f64)> = Vec::with_capacity(QUARTER);
        for back in (0..(QUARTER * a_day).min(self.recent.len())).rev() {
            let use_it = match running {
                Some(run) => back < run,
                None => self.recent.mark(back) != Mark::Alone,
            };
            if use_it {
                points.push((-float(back), self.recent.free(back)));
            }
        }
        if points.len() < 3 {
            return Line { level: self.level, slope: 0.0, level_variance: 0.1 * around * around, slope_variance: 0.0 };
        }
        level_out(&mut points, long_run, 14 * a_day);
        let discount = DISCOUNT.ln() / float(a_day);
        let weights: Vec<f64> = points.iter().map(|(x, _)| (-discount * x).exp()).collect();
        let trend = TREND / float(a_day);
        let mut line = weighted_line(&points, &weights, long_run, trend);
        for _ in 0..2 {
            let huber: Vec<f64> = points
                .iter()
                .zip(&weights)
                .map(|((x, y), weight)| {
                    let away = (y - line.level - line.slope * x).abs() / (1.5 * around);
                    if away > 1.0 { weight / away } else { *weight }
                })
                .collect();
            line = weighted_line(&points, &huber, long_run, trend);
        }
        line
    }
}

/// Takes the largest step out of a series, if there is one: what was before it moves along.
fn level_out(points: &mut [(f64, f64)], long_run: f64, window: usize) {
    let sums: Vec<f64> = std::iter::once(0.0)
        .chain(points.iter().scan(0.0, |sum, (_, y)| {
            *sum += y;
            Some(*sum)
        }))
        .collect();
    let n = points.len();
    let mut step = (STEP, None);
    for at in 7..n.saturating_sub(4) {
        let (from, to) = (at.saturating_sub(window), (at + window).min(n));
        let (before, after) = (float(at - from), float(to - at));
        let change = (sums[to] - sums[at]) / after - (sums[at] - sums[from]) / before;
        let deviations = change.abs() / (long_run * (1.0 / before + 1.0 / after)).sqrt();
        if deviations > step.0 && change.abs() > 0.02 {
            step = (deviations, Some((at, change)));
        }
    }
    if let (_, Some((at, change))) = step {
        points[..at].iter_mut().for_each(|(_, y)| *y += change);
    }
}

/// The weighted least squares line whose slope is drawn towards zero by a prior of deviation `trend`.
fn weighted_line(points: &[(f64, f64)], weights: &[f64], variance: f64, trend: f64) -> Line {
    let (mut w0, mut wx, mut wxx, mut wy, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for ((x, y), w) in points.iter().zip(weights) {
        w0 += w;
        wx += w * x;
        wxx += w * x * x;
        wy += w * y;
        wxy += w * x * y;
    }
    let prior = variance / (trend * trend);
    let determinant = w0 * (wxx + prior) - wx * wx;
    Line {
        level: (wy * (wxx + prior) - wx * wxy) / determinant,
        slope: (w0 * wxy - wx * wy) / determinant,
        level_variance: variance * (wxx + prior) / determinant,
        slope_variance: variance * w0 / determinant,
    }
}
