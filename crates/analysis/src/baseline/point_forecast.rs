//! Forecasts of single points: the baseline extrapolated, with an interval from the noise and the uncertainty of level and trend.

use std::sync::LazyLock;

use super::jobs::have_ended;
use super::patterns::forecast_rules;
use super::recent::PointStatus;
use super::{Amounts, LearnedBaseline, SeriesBaseline, Stage};
use crate::interval::{CalendarPosition, SamplingInterval};
use crate::stats::{median, normal_quantile};
use crate::{float, index};

/// Days from which level and trend are estimated: a quarter.
const QUARTER: usize = 91;
/// The weight of each day is 1.5 % lower than that of the day after it.
const DISCOUNT: f64 = 0.985;
/// The prior deviation of the daily trend of cost: three percent a month.
const TREND: f64 = 0.001;
/// A trend fades with a time constant of 500 days, because no growth lasts for ever.
const FADE: f64 = 0.002;
/// Deviations from which a step within the quarter counts as a change of the level.
const STEP: f64 = 5.0;
/// Points from which an ongoing run of anomalous points counts as the level.
const RUN: u32 = 4;
/// The same for days of lower cost: spikes of up to three days are common, and falls as short are rare.
const FALL: u32 = 3;
/// 90 % of a normal distribution lie within this number of deviations.
const NINETY: f64 = 1.645;

/// The weights of the last days, which are the same for every series with one point a day.
static WEIGHTS: LazyLock<[f64; QUARTER]> =
    LazyLock::new(|| std::array::from_fn(|back| weight_of(back, discount_of(1))));
/// What a trend of one adds up to after a number of days: a year of them, the same for every series with one point a day.
static REACHES: LazyLock<[f64; 366]> = LazyLock::new(|| std::array::from_fn(|steps| reach_of(steps, FADE)));

fn discount_of(points_per_day: usize) -> f64 {
    DISCOUNT.ln() / float(points_per_day)
}

fn weight_of(back: usize, discount: f64) -> f64 {
    (discount * float(back)).exp()
}

fn reach_of(steps: usize, fade: f64) -> f64 {
    (1.0 - (-float(steps) * fade).exp()) / fade
}

/// The forecast of one point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PointForecast {
    /// The expected cost: the median for series with cost on every day, the mean for other series.
    pub mean: f64,
    /// The lower end of the 90 % interval.
    pub low: f64,
    /// The upper end of the 90 % interval.
    pub high: f64,
    /// One deviation of the point's noise, in money: independent between points.
    pub noise: f64,
    /// One deviation of level and trend, in money: shared by all points.
    pub drift: f64,
}

/// The possible return to the level before an ongoing run.
#[derive(Default)]
struct Reversion {
    /// The distance between the run and the level before it, on the scale.
    distance: f64,
    /// One deviation of the event that it returns, as a share of the distance.
    deviation: f64,
}

/// Level and trend at the end of a series, with their variances.
struct Line {
    level: f64,
    slope: f64,
    level_variance: f64,
    slope_variance: f64,
}

impl SeriesBaseline {
    /// Forecasts the points at `positions`. The first of them comes `skip` points after the next one. Empty if no cost was ever
    /// seen.
    pub fn forecast_points(
        &self,
        interval: SamplingInterval,
        positions: &[CalendarPosition],
        skip: usize,
    ) -> Vec<PointForecast> {
        let Some(first_cost) = self.first_cost else { return Vec::new() };
        match &self.stage {
            Stage::Warmup(values) => forecast_warmup(values, positions.len()),
            // Cost that has stopped is expected to stay away until it returns.
            Stage::Learned(learned) if learned.off.is_off => vec![PointForecast::default(); positions.len()],
            Stage::Learned(learned) if learned.is_idle() => {
                let today = positions.first().map_or(i32::MIN, |next| next.day - index(skip + 1));
                if interval == SamplingInterval::DAILY && have_ended(&learned.events, today) {
                    return vec![PointForecast::default(); positions.len()];
                }
                vec![forecast_idle(&self.amounts, self.seen.saturating_sub(first_cost)); positions.len()]
            }
            Stage::Learned(learned) => learned.forecast_points(interval, positions, skip),
        }
    }
}

/// Too few points for a baseline: the median of the last two weeks, give or take half.
fn forecast_warmup(values: &[(Option<f64>, CalendarPosition)], count: usize) -> Vec<PointForecast> {
    let last: Vec<f64> = values.iter().rev().filter_map(|(value, _)| *value).take(14).collect();
    let mean = median(&last);
    let noise = 0.25 * mean.abs();
    let (low, high) = (mean - NINETY * 1.3 * noise, mean + NINETY * 1.5 * noise);
    vec![PointForecast { mean, low: low.max(0.0f64.min(mean)), high, noise, drift: noise }; count]
}

/// Cost on some days only: each day is expected to cost the mean amount times the share of days with cost.
fn forecast_idle(amounts: &Amounts, age: u32) -> PointForecast {
    // Half a day more with cost and two and a half without: the rate is never zero.
    let rate = ((f64::from(amounts.count) + 0.5) / (f64::from(age) + 3.0)).min(1.0);
    let mean = rate * amounts.mean();
    let spread = amounts.mean() * (rate * (1.0 - rate + amounts.deviation().powi(2))).sqrt();
    // Nineteen of twenty days cost at most this.
    let beyond = 0.05 / rate;
    let high = if beyond >= 1.0 { 0.0 } else { amounts.at(normal_quantile(1.0 - beyond)) };
    let drift = mean / f64::from(amounts.count.max(1)).sqrt();
    PointForecast { mean, low: 0.0, high: high.max(mean), noise: spread, drift }
}

impl LearnedBaseline {
    fn forecast_points(
        &self,
        interval: SamplingInterval,
        positions: &[CalendarPosition],
        skip: usize,
    ) -> Vec<PointForecast> {
        let line = self.line(interval);
        let reversion = self.reversion(&line);
        let around = self.noise.around_level().powi(2);
        let fade = FADE / float(interval.points_per_day());
        let reaches: &[f64] = if interval.points_per_day() == 1 { &*REACHES } else { &[] };
        let is_daily = interval == SamplingInterval::DAILY;
        let rules = if is_daily { forecast_rules(&self.patterns, &self.events) } else { Vec::new() };
        let out = positions.iter().enumerate().map(|(i, position)| {
            let steps = skip + i + 1;
            let ahead = float(steps);
            let reach = reaches.get(steps).copied().unwrap_or_else(|| reach_of(steps, fade));
            let base = line.level + line.slope * reach + self.season_effect(*position);
            let weekday = &self.weekdays[position.weekday()];
            let mut noise = around + self.noise.variance / weekday.seen.max(1.0);
            let drift = line.level_variance + line.slope_variance * ahead * ahead;
            let mut x = base;
            let effect = if interval.has_weekdays() {
                self.months.effect_of(*position, self.noise.variance, self.scale)
            } else {
                None
            };
            let rule = rules.iter().filter(|r| r.rule.is_occasion(*position)).max_by_key(|r| r.occasions);
            if let Some(rule) = rule.filter(|_| effect.is_none_or(|e| e.repeats.is_none())) {
                x = self.scale.to_scale(self.scale.value_at(base) + rule.money, base);
            } else if let Some(effect) = effect.filter(|e| !e.seen_once) {
                let money = self.scale.to_scale(self.scale.value_at(base) + effect.money, base);
                x = if effect.as_money { money } else { base + effect.ratio };
                noise += self.noise.variance * effect.uncertainty;
            }
            let reach = NINETY * (noise + drift).sqrt();
            let at = |x: f64| self.scale.value_at(x);
            let mean = at(x);
            let deviation = |variance: f64| at(x + variance.sqrt()) - mean;
            let mut drift = deviation(drift);
            if reversion.distance > 0.0 {
                drift = drift.hypot((mean - at(x - reversion.distance)) * reversion.deviation);
            }
            PointForecast {
                mean,
                low: at(x - reach - reversion.distance),
                high: at(x + reach),
                noise: deviation(noise),
                drift,
            }
        });
        out.collect()
    }

    /// Whether an ongoing run of anomalous points counts as the level.
    fn runs_on(&self) -> bool {
        let is_fall = self.run.direction < 0 && self.hours.is_empty();
        let least = if is_fall { FALL } else { RUN };
        self.run.points >= least && self.run.fitting_points < 2
    }

    /// A higher cost that began some days ago is extrapolated, but it may end; then the earlier level returns.
    fn reversion(&self, line: &Line) -> Reversion {
        if !self.runs_on() {
            return Reversion::default();
        }
        // A run of n days ends on the next day with probability 1 / (n + 1): the rule of succession.
        let ends = 1.0 / (f64::from(self.run.points) + 1.0);
        Reversion { distance: (line.level - self.run.before).max(0.0), deviation: (ends * (1.0 - ends)).sqrt() }
    }

    /// Level and trend at the end, by least squares over the last quarter: discounted, shrunk towards no trend, with lower
    /// weights for outliers (Huber), and without the largest step in it.
    fn line(&self, interval: SamplingInterval) -> Line {
        let around = self.noise.around_level();
        let memory = self.noise.memory();
        let a_day = interval.points_per_day();
        // The variance of a mean of n points is this value divided by n.
        let long_run = around * around * (1.0 + memory) / (1.0 - memory);
        let running = self.runs_on().then_some(self.run.points as usize);
        let discount = discount_of(a_day);
        let daily: &[f64] = if a_day == 1 { &*WEIGHTS } else { &[] };
        let mut points: Vec<(f64, f64)> = Vec::with_capacity(QUARTER);
        let mut weights: Vec<f64> = Vec::with_capacity(QUARTER);
        for back in (0..(QUARTER * a_day).min(self.recent.len())).rev() {
            let use_it = match running {
                Some(run) => back < run,
                None => self.recent.status(back) != PointStatus::SinglePoint,
            };
            if use_it {
                points.push((-float(back), self.recent.free(back)));
                weights.push(daily.get(back).copied().unwrap_or_else(|| weight_of(back, discount)));
            }
        }
        if points.len() < 3 {
            return Line { level: self.level, slope: 0.0, level_variance: 0.1 * around * around, slope_variance: 0.0 };
        }
        remove_largest_step(&mut points, long_run, 14 * a_day);
        let trend = TREND / float(a_day);
        let mut line = weighted_line(&points, &weights, long_run, trend);
        let mut huber = weights.clone();
        for _ in 0..2 {
            for (((x, y), weight), huber) in points.iter().zip(&weights).zip(&mut huber) {
                let away = (y - line.level - line.slope * x).abs() / (1.5 * around);
                *huber = if away > 1.0 { weight / away } else { *weight };
            }
            line = weighted_line(&points, &huber, long_run, trend);
        }
        line
    }
}

/// Removes the largest step from a series, if there is one, by shifting the points before it.
fn remove_largest_step(points: &mut [(f64, f64)], long_run: f64, window: usize) {
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
        if change.abs() <= 0.02 {
            continue;
        }
        let deviations = change.abs() / (long_run * (1.0 / before + 1.0 / after)).sqrt();
        if deviations > step.0 {
            step = (deviations, Some((at, change)));
        }
    }
    if let (_, Some((at, change))) = step {
        points[..at].iter_mut().for_each(|(_, y)| *y += change);
    }
}

/// The weighted least squares line, whose slope is shrunk towards zero by a prior with deviation `trend`.
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
