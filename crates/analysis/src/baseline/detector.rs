//! The judgement of a point: by itself, and in windows with the points before it.

use tollgate_model::anomaly::BrokenPattern;

use super::noise::clip;
use super::recent::PointStatus;
use super::{LearnedBaseline, LearningRates, Run, SeriesBaseline, Stage};
use crate::detect::Tuning;
use crate::float;
use crate::interval::{CalendarPosition, SamplingInterval};

/// Factors on the least share, up and down, for a single point: one day carries little evidence about a level, but much about a
/// spike.
const SINGLE: (f64, f64) = (0.82, 0.94);
/// Factor on the score for windows: chance lines up several points less often than one.
const WINDOW: f64 = 0.78;
/// Factor on the score for amounts of idle series: their spread is learned from few days.
const AMOUNTS: f64 = 0.707;
/// Larger values, in any currency, are treated as gaps: a quadrillion.
const MOST: f64 = 1e15;
/// On a holiday cost may fall by this distance on the scale, or to a Sunday's cost if that is lower.
const HOLIDAY: f64 = 0.15;

/// User feedback on a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointFeedback {
    /// No feedback.
    None,
    /// Expected for a while: no alert, and the baseline does not learn from it.
    Expected,
    /// Not an anomaly: no alert, and changes of this size are usual from now on.
    NotAnAnomaly,
}

/// A point compared with the baseline before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PointJudgement {
    /// Whether it is an anomaly.
    pub alert: bool,
    /// Whether the cost is higher than expected.
    pub up: bool,
    /// The score: an anomaly if above one. Zero if there is no baseline yet.
    pub score: f64,
    /// The distance from the expected cost in deviations of the series' noise; negative if lower.
    pub deviations: f64,
    /// The expected cost; NaN if the point fits, unless every score is requested.
    pub expected: f64,
    /// The usual range of cost; known if `expected` is.
    pub usual: (f64, f64),
    /// Which pattern was broken.
    pub pattern: BrokenPattern,
    /// The number of points in the window that was judged.
    pub points: usize,
    /// Whether the current level became the usual one with this point.
    pub adopted: bool,
}

impl PointJudgement {
    /// The judgement of a method that has only a score.
    pub fn of_score(score: f64) -> Self {
        Self { alert: score > 1.0, score, ..Self::no_anomaly(f64::NAN) }
    }

    /// The usual range, if it is known.
    pub fn band(&self) -> Option<(f64, f64)> {
        let (low, high) = self.usual;
        (low.is_finite() && high.is_finite()).then_some(self.usual)
    }

    fn no_anomaly(expected: f64) -> Self {
        Self {
            alert: false,
            up: true,
            score: 0.0,
            deviations: 0.0,
            expected,
            usual: (f64::NAN, f64::NAN),
            pattern: BrokenPattern::Level,
            points: 1,
            adopted: false,
        }
    }
}

/// A detector for series of one sampling interval. It holds no state of a series.
#[derive(Clone, Debug)]
pub struct SeriesDetector {
    rates: LearningRates,
    tuning: Tuning,
    least: f64,
    every_score: bool,
    /// The least share of a change, as a distance on the scale: for windows and single points, each down and up.
    shares: [[f64; 2]; 2],
}

/// A point and the prediction for it.
struct Point {
    position: CalendarPosition,
    value: f64,
    /// The level plus the seasonal effect.
    base: f64,
    /// The value on the scale.
    x: f64,
    /// The distance from the prediction, including effects of the day of the month and of holidays.
    residual: f64,
    /// The residual minus the part predicted by the previous point's residual.
    surprise: f64,
    /// The expected value on the scale.
    expected: f64,
    /// A day of the month with its own effect, or a holiday: the level does not learn from it.
    special: bool,
    /// The variance of the surprise.
    variance: f64,
}

impl SeriesDetector {
    /// A detector for series of a sampling interval.
    pub fn new(interval: SamplingInterval, tuning: Tuning) -> Self {
        let distances = |(more, less): (f64, f64)| {
            let share = tuning.share;
            [-(-(share * less).min(0.99)).ln_1p(), (share * more).ln_1p()]
        };
        Self {
            rates: LearningRates::of(interval),
            tuning,
            least: tuning.min_impact.to_f64(),
            every_score: false,
            shares: [distances((1.0, 1.0)), distances(SINGLE)],
        }
    }

    /// The same detector, with a score for every point instead of only those near an alert. It is slower.
    #[must_use]
    pub fn with_every_score(self) -> Self {
        Self { every_score: true, ..self }
    }

    /// The learning rates of its sampling interval.
    pub fn learning_rates(&self) -> &LearningRates {
        &self.rates
    }

    /// Judges the next point of a series and learns from it. A value that is NaN or larger than any bill is a gap: it is neither
    /// judged nor learned.
    pub fn judge_and_learn(
        &self,
        baseline: &mut SeriesBaseline,
        value: f64,
        position: CalendarPosition,
        feedback: PointFeedback,
    ) -> PointJudgement {
        if value.is_nan() || value.abs() > MOST {
            return PointJudgement::no_anomaly(0.0);
        }
        let index = baseline.seen;
        baseline.seen = baseline.seen.saturating_add(1);
        if baseline.first_cost.is_none() {
            if value == 0.0 {
                return PointJudgement::no_anomaly(0.0);
            }
            baseline.first_cost = Some(index);
        }
        let first_cost = baseline.first_cost.unwrap_or(index);
        match &mut baseline.stage {
            Stage::Warmup(values) => {
                let judgement = self.judge_warmup(value, first_cost, index, feedback);
                if value > 0.0 {
                    baseline.amounts.learn(value);
                }
                values.push((value, position));
                if values.len() >= self.rates.fit {
                    let values = std::mem::take(values);
                    baseline.stage = Stage::Learned(Box::new(LearnedBaseline::fit(&values, &self.rates)));
                }
                judgement
            }
            Stage::Learned(learned) if learned.is_idle() => {
                let judgement = self.judge_idle(&baseline.amounts, value, feedback);
                if value > 0.0 && !judgement.alert && feedback != PointFeedback::Expected {
                    baseline.amounts.learn(value);
                }
                learned.learn_idle(value, position, &self.rates);
                judgement
            }
            Stage::Learned(learned) => {
                let judgement = self.judge_learned(learned, value, position, feedback);
                if value > 0.0 && !(judgement.alert && judgement.points == 1) && feedback != PointFeedback::Expected {
                    baseline.amounts.learn(value);
                }
                judgement
            }
        }
    }

    /// Judges a point whose cost is not complete yet, without learning from it. Only an increase is an alert.
    pub fn judge_incomplete(
        &self,
        baseline: &SeriesBaseline,
        value: f64,
        position: CalendarPosition,
    ) -> PointJudgement {
        let judgement = self.judge_and_learn(&mut baseline.clone(), value, position, PointFeedback::None);
        PointJudgement { alert: judgement.alert && judgement.up, adopted: false, ..judgement }
    }

    /// A series in warm-up: cost that starts after a period without cost is new.
    fn judge_warmup(&self, value: f64, first_cost: u32, index: u32, feedback: PointFeedback) -> PointJudgement {
        let fresh = first_cost >= self.rates.new_after && index - first_cost < self.rates.adopt;
        let adopted = first_cost >= self.rates.new_after && index - first_cost + 1 == self.rates.adopt;
        if !fresh || value <= 0.0 {
            return PointJudgement { adopted, ..PointJudgement::no_anomaly(0.0) };
        }
        PointJudgement {
            alert: feedback == PointFeedback::None && value >= self.least,
            score: 9.0,
            deviations: 99.0,
            usual: (0.0, 0.0),
            pattern: BrokenPattern::Silence,
            adopted,
            ..PointJudgement::no_anomaly(0.0)
        }
    }

    /// A day of a series with cost on some days only.
    fn judge_idle(&self, amounts: &super::Amounts, value: f64, feedback: PointFeedback) -> PointJudgement {
        let usual = amounts.usual();
        let Some(deviations) = (value > 0.0).then(|| amounts.score(value)).flatten() else {
            return PointJudgement::no_anomaly(usual);
        };
        let needed = self.tuning.score * AMOUNTS;
        let score = (deviations / needed).min(value / amounts.outlier_threshold());
        PointJudgement {
            alert: score > 1.0 && value - usual >= self.least && feedback == PointFeedback::None,
            score: score.max(0.0),
            deviations,
            usual: (0.0, amounts.at(needed).max(amounts.outlier_threshold())),
            pattern: BrokenPattern::Amount,
            ..PointJudgement::no_anomaly(usual)
        }
    }

    fn judge_learned(
        &self,
        learned: &mut LearnedBaseline,
        value: f64,
        position: CalendarPosition,
        feedback: PointFeedback,
    ) -> PointJudgement {
        let point = self.compare_point(learned, value, position);
        let mut judgement = self.score_point(learned, &point);
        learned.recent.push(learned.level + point.residual, learned.level, PointStatus::Fits);
        if !point.special {
            self.score_windows(learned, &point, &mut judgement);
        }
        if judgement.points == 1 && (judgement.score > 1.0 || self.every_score) {
            self.explain_point(learned, &point, &mut judgement);
        }
        judgement.alert = judgement.score > 1.0 && (value - judgement.expected).abs() >= self.least;
        if feedback != PointFeedback::None && judgement.alert {
            judgement.alert = false;
            if feedback == PointFeedback::NotAnAnomaly {
                let allowed = &mut learned.allowed[usize::from(judgement.up)];
                *allowed = allowed.max(1.05 * point.residual.abs());
            }
        }
        let status = match judgement.alert {
            false if feedback == PointFeedback::Expected => PointStatus::SinglePoint,
            false => PointStatus::Fits,
            true if judgement.points == 1 => PointStatus::SinglePoint,
            true => PointStatus::Window,
        };
        judgement.adopted = self.learn(learned, &point, status, &judgement);
        judgement
    }

    /// Compares a point with the baseline before it.
    fn compare_point(&self, learned: &LearnedBaseline, value: f64, position: CalendarPosition) -> Point {
        let (scale, noise) = (learned.scale, &learned.noise);
        let base = learned.level + learned.season_effect(position);
        let x = scale.to_scale(value, base.min(learned.level));
        let mut expected = base;
        let mut residual = x - base;
        let mut special = false;
        let mut uncertainty = 0.0;
        let effect = if self.rates.interval.has_weekdays() {
            learned.months.effect_of(position, noise.variance, scale)
        } else {
            None
        };
        if let Some(effect) = effect {
            special = true;
            let usual = scale.value_at(base);
            let with_money = scale.to_scale(usual + effect.money, base);
            let with_ratio = base + effect.ratio;
            expected = if effect.as_money { with_money } else { with_ratio };
            residual = smaller_distance(x - with_money, x - with_ratio);
            if effect.seen_once {
                // An effect seen once may be an exception: any value between no effect and the full effect fits.
                residual = distance_outside(x, base, with_money);
            }
            let share = 1.0 - (base - with_money.max(base)).exp();
            uncertainty = effect.uncertainty
                * (share * share * (noise.variance + 4e-4)
                    + noise.variance * f64::from(u8::from(effect.ratio.abs() < 0.5)));
        }
        if position.holiday && residual < 0.0 {
            let sunday = learned.weekdays[position.weekday()].effect - learned.weekdays[6].effect;
            residual = (residual + sunday.max(HOLIDAY)).min(0.0);
            special = true;
        }
        let weekday = learned.weekdays[position.weekday()].seen / float(self.rates.interval.points_per_day());
        let unlearned = if weekday < 1.0 && self.rates.interval.has_weekdays() { 0.06 } else { 0.0 };
        let variance = noise.variance
            * (1.0 + self.rates.level + 1.0 / learned.weekdays[position.weekday()].seen.max(1.0))
            + uncertainty
            + unlearned;
        let surprise = residual - if special && residual == 0.0 { 0.0 } else { noise.carried_residual() };
        Point { position, value, base, x, residual, surprise, expected, special, variance }
    }

    /// Scores a single point against the prediction and also against the level, so that the day after a spike is no drop.
    fn score_point(&self, learned: &LearnedBaseline, point: &Point) -> PointJudgement {
        let deviation = point.variance.sqrt();
        let deviations = point.surprise / deviation;
        let needed = learned.noise.threshold(self.tuning.score);
        let up = point.surprise > 0.0;
        let share = self.share(up, true).max(learned.allowed[usize::from(up)]);
        let same_side = up == (point.residual > 0.0);
        let least = point.surprise.abs().min(if same_side { point.residual.abs() } else { 0.0 });
        let score = (deviations.abs() / needed).min(least / share);
        PointJudgement { up, score, deviations, ..PointJudgement::no_anomaly(f64::NAN) }
    }

    /// Fills in a single point's expected cost, its usual range and the pattern that it broke.
    fn explain_point(&self, learned: &LearnedBaseline, point: &Point, judgement: &mut PointJudgement) {
        let reach = learned.noise.threshold(self.tuning.score) * point.variance.sqrt();
        let reach = |up: bool| reach.max(self.share(up, true)).max(learned.allowed[usize::from(up)]);
        let scale = learned.scale;
        judgement.expected = scale.value_at(point.expected);
        judgement.usual = (scale.value_at(point.expected - reach(false)), scale.value_at(point.expected + reach(true)));
        judgement.pattern = if (point.expected - point.base).abs() > self.share(judgement.up, true) {
            BrokenPattern::Month
        } else if self.fits_another_weekday(learned, point) {
            BrokenPattern::Weekday
        } else {
            BrokenPattern::Level
        };
    }

    /// Whether a point that does not fit its weekday would fit a different one.
    fn fits_another_weekday(&self, learned: &LearnedBaseline, point: &Point) -> bool {
        let own = learned.weekdays[point.position.weekday()].effect;
        let near = 2.0 * learned.noise.around_level();
        let far = self.share(true, true).max(near);
        learned
            .weekdays
            .iter()
            .any(|w| (w.effect - own).abs() > far && (point.x - point.base + own - w.effect).abs() < near)
    }

    fn share(&self, up: bool, single: bool) -> f64 {
        self.shares[usize::from(single)][usize::from(up)]
    }

    /// Scores windows of the last points against the level before them, to find changes that are too small to show on one day.
    /// The estimate is by generalized least squares for noise with an autocorrelation of one point (Cochrane and Orcutt, 1949).
    fn score_windows(&self, learned: &LearnedBaseline, point: &Point, judgement: &mut PointJudgement) {
        let noise = &learned.noise;
        let memory = noise.memory();
        let fresh = 1.0 - memory;
        let widest = (3.0 * noise.around_level()).max(1.15 * self.tuning.share);
        let uncertain = noise.variance / fresh * self.rates.level;
        let settled = learned.run.settled as usize;
        let last = learned.recent.free(0);
        let shares =
            [self.share(false, false).max(learned.allowed[0]), self.share(true, false).max(learned.allowed[1])];
        for (points, factor) in &self.rates.windows {
            let points = *points;
            if points > settled + 1 || points > learned.recent.len() {
                break;
            }
            let level = learned.recent.level(points - 1);
            let up = last > level;
            let share = shares[usize::from(up)];
            let sign = if up { 1.0 } else { -1.0 };
            // The last point must still have at least half of the change; otherwise the change is over.
            let bound = (last - level).abs() / (0.5 * share);
            if bound <= judgement.score || (bound <= 1.0 && !self.every_score) {
                continue;
            }
            let (mut weighted, mut sum, mut before) = (0.0, 0.0, None::<f64>);
            for back in (0..points).rev() {
                let away = clip(learned.recent.free(back) - level, widest);
                weighted += before.map_or(away, |before| fresh * (away - memory * before));
                sum += away;
                before = Some(away);
            }
            let weight = 1.0 + float(points - 1) * fresh * fresh;
            let estimate = weighted / weight * sign;
            let deviations = estimate / (noise.variance / weight + uncertain).sqrt();
            let mean = sum / float(points) * sign;
            let needed = self.tuning.score * WINDOW * factor;
            let score = (deviations / needed).min(estimate / share).min(mean / (0.9 * share)).min(bound);
            if score > judgement.score {
                let scale = learned.scale;
                let expected = level + point.base - learned.level;
                judgement.score = score;
                if score > 1.0 {
                    let reach = |up: bool| {
                        share.max(needed * (noise.variance / weight + uncertain).sqrt()).max(shares[usize::from(up)])
                    };
                    *judgement = PointJudgement {
                        alert: false,
                        up,
                        score,
                        deviations: deviations * sign,
                        expected: scale.value_at(expected),
                        usual: (scale.value_at(expected - reach(false)), scale.value_at(expected + reach(true))),
                        pattern: BrokenPattern::Sustained,
                        points,
                        adopted: false,
                    };
                    break;
                }
            }
        }
    }

    /// Learns from a judged point. Returns whether a lasting change was adopted as the new level.
    fn learn(
        &self,
        learned: &mut LearnedBaseline,
        point: &Point,
        status: PointStatus,
        judgement: &PointJudgement,
    ) -> bool {
        let rates = &self.rates;
        let deviation = learned.noise.variance.sqrt();
        learned.recent.set_status(status);
        if rates.interval.has_weekdays() {
            let (scale, away) = (learned.scale, point.x - point.base);
            learned.months.learn(point.position, point.value, away, scale, deviation, || scale.value_at(point.base));
        }
        learned.run.update(status != PointStatus::Fits, judgement.up, learned.level);
        if status != PointStatus::Fits && learned.run.points >= rates.adopt {
            let half = (rates.adopt / 2) as usize;
            let last: Vec<f64> = (0..half.min(learned.recent.len())).map(|back| learned.recent.free(back)).collect();
            let level = crate::stats::median(&last);
            learned.recent.adopt_level(level, level - learned.run.before, learned.run.points as usize);
            learned.level = level;
            learned.run = Run { settled: rates.adopt / 2, fitting_points: u32::MAX, ..Run::default() };
            learned.noise.reset();
            learned.months.forget_today();
            return true;
        }
        if !point.special {
            learned.noise.learn_tail(point.surprise / point.variance.sqrt());
        }
        learned.learn_weekday_idleness(point.value, point.position, rates);
        if status == PointStatus::SinglePoint {
            learned.noise.skip_point();
            return false;
        }
        if status == PointStatus::Fits && learned.run.points == 0 {
            learned.recent.clear_past_anomalies(31 * rates.interval.points_per_day());
        }
        if point.special {
            learned.noise.skip_point();
            return false;
        }
        let limit = 2.5 * learned.noise.around_level();
        learned.noise.learn(point.surprise, point.residual, rates.noise);
        let residual = clip(point.residual, limit);
        // During a possible change of the level it moves half as fast.
        let rate = if status == PointStatus::Window { 0.5 } else { 1.0 } * rates.level;
        learned.level += rate * residual;
        if rates.interval.has_weekdays() {
            learned.learn_season(point.position, clip(point.residual, 2.5 * deviation), rates);
        }
        learned.noise.record_residual(residual);
        false
    }
}

impl Run {
    fn update(&mut self, anomalous: bool, up: bool, level: f64) {
        self.settled = self.settled.saturating_add(1);
        let direction = if up { 1 } else { -1 };
        if anomalous {
            if self.points == 0 {
                self.before = level;
            }
            self.points = if self.points == 0 || self.direction == direction { self.points + 1 } else { 1 };
            self.direction = direction;
            self.fitting_points = 0;
            return;
        }
        self.fitting_points = self.fitting_points.saturating_add(1);
        self.points = if self.fitting_points >= 3 || self.points == 0 { 0 } else { self.points + 1 };
    }
}

impl LearnedBaseline {
    fn learn_weekday_idleness(&mut self, value: f64, position: CalendarPosition, rates: &LearningRates) {
        let rate = 1.0 / (16.0 * float(rates.interval.points_per_day()));
        let weekday = &mut self.weekdays[position.weekday()];
        weekday.idle += rate * (f64::from(u8::from(value == 0.0)) - weekday.idle);
    }

    fn learn_season(&mut self, position: CalendarPosition, residual: f64, rates: &LearningRates) {
        let a_day = float(rates.interval.points_per_day());
        let weekday = &mut self.weekdays[position.weekday()];
        weekday.seen = (weekday.seen + 1.0).min(rates.weekday);
        let step = 0.8 * residual / weekday.seen.max(4.0 * a_day);
        weekday.effect += step;
        // Effects of weekdays sum to zero; their common part belongs to the level.
        for weekday in &mut self.weekdays {
            weekday.effect -= step / 7.0;
        }
        self.level += step / 7.0;
        if let Some(hour) = self.hours.get_mut(usize::from(position.slot)) {
            *hour += super::month::narrow(rates.hour * residual);
        }
    }

    fn learn_idle(&mut self, value: f64, position: CalendarPosition, rates: &LearningRates) {
        self.learn_weekday_idleness(value, position, rates);
        self.recent.push(self.level, self.level, PointStatus::Fits);
        if value > 0.0 {
            let x = self.scale.to_scale(value, self.level) - self.season_effect(position);
            self.level += 0.1 * clip(x - self.level, 1.0);
        }
        self.run = Run { fitting_points: u32::MAX, ..Run::default() };
        self.noise.reset();
    }
}

/// The smaller of two distances; zero if they have different signs.
fn smaller_distance(a: f64, b: f64) -> f64 {
    if (a > 0.0) != (b > 0.0) {
        0.0
    } else if a.abs() < b.abs() {
        a
    } else {
        b
    }
}

/// The distance of a value from the range between two other values.
fn distance_outside(x: f64, a: f64, b: f64) -> f64 {
    if x < a.min(b) {
        x - a.min(b)
    } else if x > a.max(b) {
        x - a.max(b)
    } else {
        0.0
    }
}
