//! The judgement of a point: which rules apply to it, and in which order.

use tollgate_model::anomaly::BrokenPattern;

use super::compare::Point;
use super::jobs::{self, JobTimes};
use super::off::Presence;
use super::patterns::{self, Deviation};
use super::recent::PointStatus;
use super::{LearnedBaseline, LearningRates, PointFeedback, PointJudgement, Run, SeriesBaseline, Stage};
use crate::detect::Tuning;
use crate::interval::{CalendarPosition, SamplingInterval};

/// Factors on the least share, up and down, for a single point: one day carries little evidence about a level, but much about a
/// spike.
const SINGLE: (f64, f64) = (0.82, 0.94);
/// Factor on the score for amounts of idle series and of jobs: their spread is learned from few days.
const AMOUNTS: f64 = 0.707;
/// Larger values, in any currency, are treated as gaps: a quadrillion.
const MOST: f64 = 1e15;
/// The score of a deviation that a pattern explains.
const EXPLAINED: f64 = 0.95;
/// The natural logarithm of the cost of a point above which smaller shares are an anomaly, as their money is not small: 5,000.
const LARGE: f64 = 8.517_193_191_416_238;
/// The least share falls with this power of the cost, to this part of itself.
const LARGE_FALL: (f64, f64) = (-0.3, 0.4);
/// Differences below this share of an average day are no anomaly, whatever the share of a weekend's cost.
const SMALL: f64 = 0.02;
/// Points after a change in which amounts that were small before it are still small.
const AFTER_FALL: u32 = 60;
/// A run of anomalies from which on a repetition is no pattern, but the run.
const RUN: u32 = 5;
/// Rows missing in a row, from which a series with a row on every point has ended: days, or three days of points.
const ENDED: (u32, u32) = (11, 3);

/// A detector for series of one sampling interval. It holds no state of a series.
#[derive(Clone, Debug)]
pub struct SeriesDetector {
    pub(super) rates: LearningRates,
    pub(super) tuning: Tuning,
    least: f64,
    pub(super) every_score: bool,
    /// The least share of a change, as a distance on the scale: for windows and single points, each down and up.
    shares: [[f64; 2]; 2],
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

    /// Judges the next point of a series and learns from it. A value that is NaN is a missing row; one larger than any bill is
    /// treated as a gap: it is neither judged nor learned.
    pub fn judge_and_learn(
        &self,
        baseline: &mut SeriesBaseline,
        value: f64,
        position: CalendarPosition,
        feedback: PointFeedback,
    ) -> PointJudgement {
        if value.abs() > MOST {
            return PointJudgement::no_anomaly(0.0);
        }
        if value.is_nan() {
            return self.judge_missing(baseline, position, feedback);
        }
        baseline.absence.record_present(position);
        self.judge_present(baseline, value, position, feedback)
    }

    /// A missing row: no cost, a gap, or the end of the series.
    fn judge_missing(
        &self,
        baseline: &mut SeriesBaseline,
        position: CalendarPosition,
        feedback: PointFeedback,
    ) -> PointJudgement {
        if baseline.first_cost.is_none() {
            return PointJudgement::no_anomaly(0.0);
        }
        baseline.absence.gap = baseline.absence.gap.saturating_add(1);
        baseline.absence.record_missing(position);
        if baseline.absence.means_no_cost() {
            return self.judge_present(baseline, 0.0, position, feedback);
        }
        let gap = baseline.absence.gap;
        let learned = match &mut baseline.stage {
            Stage::Warmup(values) => {
                values.push((f64::NAN, position));
                return PointJudgement::no_anomaly(0.0);
            }
            Stage::Learned(learned) => learned,
        };
        let a_day = u32::try_from(self.rates.interval.points_per_day()).unwrap_or(u32::MAX);
        let ended = if a_day > 1 { ENDED.1 * a_day } else { ENDED.0 };
        let told = ended..ended + self.rates.adopt;
        if !told.contains(&gap) || learned.off.is_off || learned.is_idle() || !self.rates.interval.has_weekdays() {
            return PointJudgement::no_anomaly(0.0);
        }
        let expected = learned.scale.value_at(learned.level + learned.season_effect(position));
        if gap + 1 == told.end && learned.scale.has_floor() {
            learned.off.is_off = true;
        }
        PointJudgement {
            alert: feedback == PointFeedback::None && expected >= self.least,
            adopted: gap + 1 == told.end,
            ..PointJudgement::by_rule(false, expected, BrokenPattern::Silence, -99.0)
        }
    }

    fn judge_present(
        &self,
        baseline: &mut SeriesBaseline,
        value: f64,
        position: CalendarPosition,
        feedback: PointFeedback,
    ) -> PointJudgement {
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
                if let Some(values) = self.complete_warmup(values, baseline.absence.means_no_cost()) {
                    baseline.stage = Stage::Learned(Box::new(LearnedBaseline::fit(&values, &self.rates)));
                }
                judgement
            }
            Stage::Learned(learned) => {
                learned.points = learned.points.saturating_add(1);
                if learned.is_idle() && !learned.off.is_off {
                    let judgement = self.judge_idle(learned, &baseline.amounts, (value, position), feedback);
                    if value > 0.0 && !judgement.alert && feedback != PointFeedback::Expected {
                        baseline.amounts.learn(value);
                    }
                    learned.learn_idle(value, position, &self.rates);
                    return judgement;
                }
                let judgement = self.judge_learned(learned, value, position, feedback);
                if value > 0.0 && !(judgement.alert && judgement.points == 1) && feedback != PointFeedback::Expected {
                    baseline.amounts.learn(value);
                }
                judgement
            }
        }
    }

    /// The points of the warm-up, when there are enough of them. Missing rows are left out, unless they mean that there was no cost.
    fn complete_warmup(
        &self,
        values: &mut Vec<(f64, CalendarPosition)>,
        missing_is_none: bool,
    ) -> Option<Vec<(f64, CalendarPosition)>> {
        let present = values.iter().filter(|(value, _)| !value.is_nan()).count();
        if present < self.rates.fit {
            return None;
        }
        let mut values = std::mem::take(values);
        if missing_is_none {
            values.iter_mut().filter(|(value, _)| value.is_nan()).for_each(|(value, _)| *value = 0.0);
        }
        values.retain(|(value, _)| !value.is_nan());
        Some(values)
    }

    /// Judges a point whose cost is not complete yet, without learning from it. Only an increase is an alert, and none while the
    /// cost is off: its return is reported by the first complete point.
    pub fn judge_incomplete(
        &self,
        baseline: &SeriesBaseline,
        value: f64,
        position: CalendarPosition,
    ) -> PointJudgement {
        let judgement = self.judge_and_learn(&mut baseline.clone(), value, position, PointFeedback::None);
        PointJudgement { alert: judgement.alert && judgement.up && !baseline.is_off(), adopted: false, ..judgement }
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
            adopted,
            ..PointJudgement::by_rule(true, 0.0, BrokenPattern::Silence, 99.0)
        }
    }

    /// A day of a series with cost on some days only.
    fn judge_idle(
        &self,
        learned: &mut LearnedBaseline,
        amounts: &super::Amounts,
        (value, position): (f64, CalendarPosition),
        feedback: PointFeedback,
    ) -> PointJudgement {
        let usual = amounts.usual();
        let needed = self.tuning.score * AMOUNTS;
        let mut judgement = PointJudgement::no_anomaly(usual);
        if let Some(deviations) = (value > 0.0).then(|| amounts.score(value)).flatten() {
            let score = (deviations / needed).min(value / amounts.outlier_threshold());
            judgement = PointJudgement {
                alert: score > 1.0 && value - usual >= self.least,
                score: score.max(0.0),
                deviations,
                usual: (0.0, amounts.at(needed).max(amounts.outlier_threshold())),
                pattern: BrokenPattern::Amount,
                ..judgement
            };
        }
        if self.is_daily() {
            // Above the lowest position, so that amounts compare by their ratio.
            let away = (value / usual.max(f64::MIN_POSITIVE)).max(f64::MIN_POSITIVE).ln() - learned.scale.lowest(0.0);
            let event = (value > 0.0).then(|| (away.clamp(0.5, 700.0), value));
            self.judge_idle_patterns(learned, position, event, &mut judgement);
        }
        judgement.alert &= feedback == PointFeedback::None;
        judgement
    }

    fn judge_idle_patterns(
        &self,
        learned: &mut LearnedBaseline,
        position: CalendarPosition,
        event: Option<(f64, f64)>,
        judgement: &mut PointJudgement,
    ) {
        if let Some((away, money)) = event {
            if judgement.alert
                && patterns::repeats(&learned.events, &Deviation { position, away, money, tolerance: 0.2 })
            {
                (judgement.alert, judgement.score) = (false, EXPLAINED);
            }
            if !judgement.alert && jobs::is_left_on(&learned.events, position.day, true) {
                *judgement = PointJudgement::by_rule(true, 0.0, BrokenPattern::Amount, 9.0);
            }
        } else if let Some(missing) = learned.patterns.missing_event(&learned.events, position) {
            *judgement = PointJudgement::by_rule(false, missing.money(), BrokenPattern::Month, -9.0);
        }
        learned.patterns.record(&mut learned.events, position, event, false);
    }

    fn judge_learned(
        &self,
        learned: &mut LearnedBaseline,
        value: f64,
        position: CalendarPosition,
        feedback: PointFeedback,
    ) -> PointJudgement {
        let mut point = learned.compare(value, position, &self.rates);
        if let Some(judgement) = self.judge_presence(learned, &point, feedback) {
            return judgement;
        }
        let mut judgement = self.score_point(learned, &point);
        let absent = !learned.hours.is_empty() && point.is_usual_absence();
        let away = if absent { 0.0 } else { point.residual };
        learned.recent.push(learned.level + away, learned.level, PointStatus::Fits);
        if judgement.score > 1.0 {
            self.explain_by_patterns(learned, &mut point, &mut judgement);
        } else if self.has_week_hours() {
            learned.week_hours.record_fit(position, self.rates.interval.points_per_day());
        }
        if !point.special {
            self.score_windows(learned, &point, &mut judgement);
        }
        if judgement.points == 1 && (judgement.score > 1.0 || self.every_score) {
            self.explain_point(learned, &point, &mut judgement);
        }
        judgement.alert =
            judgement.score > 1.0 && (value - judgement.expected).abs() >= self.least.max(small_amount(learned));
        if self.is_daily() {
            self.judge_patterns(learned, &point, &mut judgement);
        }
        if feedback != PointFeedback::None && judgement.alert {
            judgement.alert = false;
            if feedback == PointFeedback::NotAnAnomaly {
                let allowed = &mut learned.allowed[usize::from(judgement.up)];
                *allowed = allowed.max(1.05 * point.residual.abs());
            }
        }
        let status = match judgement.alert {
            false if feedback == PointFeedback::Expected => PointStatus::SinglePoint,
            false if point.set_aside => PointStatus::SetAside,
            false => PointStatus::Fits,
            true if judgement.points == 1 => PointStatus::SinglePoint,
            true => PointStatus::Window,
        };
        self.judge_growth(learned, &point, feedback, &mut judgement);
        judgement.adopted = self.learn(learned, &point, status, &judgement);
        judgement
    }

    /// A series that is off, or returns: judged by its presence alone.
    fn judge_presence(
        &self,
        learned: &mut LearnedBaseline,
        point: &Point,
        feedback: PointFeedback,
    ) -> Option<PointJudgement> {
        if !learned.scale.has_floor() || !self.rates.interval.has_weekdays() {
            return None;
        }
        if learned.points as usize % self.rates.interval.points_per_day() == 0 && !learned.hours.is_empty() {
            learned.week_hours.update_peak(&learned.weekdays.map(|w| w.effect), &learned.hours);
        }
        let peak = learned.scale.value_at(point.peak);
        let presence = learned.off.update(point.value, peak, point.base > point.lowest + 1.0, &self.rates);
        let judgement = match presence {
            Presence::Usual => return None,
            Presence::StillOff => PointJudgement::no_anomaly(0.0),
            Presence::Returns => PointJudgement {
                alert: feedback == PointFeedback::None && point.value >= self.least,
                ..PointJudgement::by_rule(true, 0.0, BrokenPattern::Silence, 99.0)
            },
        };
        learned.recent.push(learned.level, learned.level, PointStatus::Fits);
        learned.run = Run { settled: learned.run.settled, fitting_points: u32::MAX, ..Run::default() };
        learned.noise.reset();
        Some(judgement)
    }

    /// Scores a single point against the prediction and also against the level, so that the day after a spike is no drop.
    fn score_point(&self, learned: &LearnedBaseline, point: &Point) -> PointJudgement {
        let deviation = point.variance.sqrt();
        let deviations = point.surprise / deviation;
        let needed = learned.noise.threshold(self.tuning.score);
        let up = point.surprise > 0.0;
        let share = self.share(learned, up, true).max(learned.allowed[usize::from(up)]);
        let same_side = up == (point.residual > 0.0);
        let least = point.surprise.abs().min(if same_side { point.residual.abs() } else { 0.0 });
        let score = (deviations.abs() / needed).min(least / share);
        PointJudgement { up, score, deviations, ..PointJudgement::no_anomaly(f64::NAN) }
    }

    /// Sets a deviation aside if a pattern of the past explains it.
    fn explain_by_patterns(&self, learned: &mut LearnedBaseline, point: &mut Point, judgement: &mut PointJudgement) {
        let explained = if self.is_daily() {
            self.is_explained(learned, point, judgement)
        } else {
            self.has_week_hours()
                && learned.run.points < self.rates.adopt / 2
                && self.is_explained_within_day(learned, point, judgement)
        };
        if explained {
            judgement.score = EXPLAINED;
            (point.special, point.set_aside) = (true, true);
            learned.recent.set_last(learned.level);
        }
    }

    /// For points within a day: the hour of the week changed, or it is a job.
    fn is_explained_within_day(
        &self,
        learned: &mut LearnedBaseline,
        point: &Point,
        judgement: &PointJudgement,
    ) -> bool {
        let a_day = self.rates.interval.points_per_day();
        let mut job = false;
        if (point.away() > 0.0) == judgement.up {
            let deviation = learned.deviation_of(point, self.tuning.score);
            let day = point.position.day.saturating_mul(i32::try_from(a_day).unwrap_or(1));
            let now = day.saturating_add(i32::from(point.position.slot));
            let times = JobTimes::within_days(a_day);
            job = jobs::is_a_job(&learned.events, now, &deviation, times, self.tuning.score * AMOUNTS);
            learned.events.record(now, deviation.away, deviation.money, false, false);
        }
        let tolerance = (self.tuning.score * point.variance.sqrt()).max(0.25);
        job || learned.week_hours.repeats(point.position, a_day, point.away(), tolerance)
    }

    fn is_explained(&self, learned: &mut LearnedBaseline, point: &mut Point, judgement: &PointJudgement) -> bool {
        point.event |= (point.away() > 0.0) == judgement.up;
        if !point.event || (point.away() > 0.0) != judgement.up {
            return false;
        }
        let deviation = learned.deviation_of(point, self.tuning.score);
        if jobs::is_left_on(&learned.events, point.position.day, judgement.up) {
            return false;
        }
        if learned.run.points < RUN {
            if learned.adopt_yearly_change(&deviation) {
                point.event = false;
                return true;
            }
            if let Some(hits) = learned.weekly_change(&deviation) {
                learned.adopt_weekday(&deviation, &hits);
                point.event = false;
                return true;
            }
            let day = point.position.day;
            if jobs::is_a_job(&learned.events, day, &deviation, JobTimes::DAYS, self.tuning.score * AMOUNTS) {
                return true;
            }
        }
        patterns::repeats(&learned.events, &deviation)
    }

    /// Finds what a single point's distance does not show: an occasion without its event, jobs left on or more often.
    fn judge_patterns(&self, learned: &mut LearnedBaseline, point: &Point, judgement: &mut PointJudgement) {
        let (day, up) = (point.position.day, point.away() > 0.0);
        if !judgement.alert && point.event {
            let more = day - learned.jobs_reported >= 28 && jobs::come_more_often(&learned.events, day, up);
            if more {
                learned.jobs_reported = day;
            }
            if more || jobs::is_left_on(&learned.events, day, up) {
                let expected = learned.scale.value_at(point.base);
                *judgement = PointJudgement::by_rule(up, expected, BrokenPattern::Amount, judgement.deviations);
            }
        } else if !judgement.alert
            && let Some(missing) = learned.patterns.missing_event(&learned.events, point.position)
        {
            let least = self.share(learned, missing.is_up(), true).max(5.0 * point.around);
            if missing.away().abs() > least && missing.money().abs() > self.least.max(small_amount(learned)) {
                let expected = learned.scale.value_at(point.base) + missing.money();
                *judgement = PointJudgement::by_rule(!missing.is_up(), expected, BrokenPattern::Month, -9.0);
            }
        }
        if !point.event && learned.patterns.believed.is_empty() {
            return;
        }
        let event = point.event.then(|| (point.away(), point.value - learned.scale.value_at(point.base)));
        learned.patterns.record(&mut learned.events, point.position, event, point.of_month);
    }

    /// Finds growth that the level follows.
    fn judge_growth(
        &self,
        learned: &mut LearnedBaseline,
        point: &Point,
        feedback: PointFeedback,
        judgement: &mut PointJudgement,
    ) {
        if !self.is_daily() || !learned.scale.has_floor() {
            return;
        }
        let found = learned.growth.record(point.position.day, learned.level, point.around, judgement.alert);
        if let Some(level) = found.filter(|_| feedback == PointFeedback::None) {
            let expected = learned.scale.value_at(level + point.base - learned.level);
            *judgement = PointJudgement {
                alert: point.value - expected >= self.least,
                points: 70,
                ..PointJudgement::by_rule(true, expected, BrokenPattern::Sustained, 5.0)
            };
        }
    }

    /// Fills in a single point's expected cost, its usual range and the pattern that it broke.
    fn explain_point(&self, learned: &LearnedBaseline, point: &Point, judgement: &mut PointJudgement) {
        let reach = learned.noise.threshold(self.tuning.score) * point.variance.sqrt();
        let reach = |up: bool| reach.max(self.share(learned, up, true)).max(learned.allowed[usize::from(up)]);
        let scale = learned.scale;
        judgement.expected = scale.value_at(point.expected);
        judgement.usual = (scale.value_at(point.expected - reach(false)), scale.value_at(point.expected + reach(true)));
        judgement.pattern = if (point.expected - point.base).abs() > self.share(learned, judgement.up, true) {
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
        let far = self.share(learned, true, true).max(near);
        learned
            .weekdays
            .iter()
            .any(|w| (w.effect - own).abs() > far && (point.x - point.base + own - w.effect).abs() < near)
    }

    /// The least share of a change, as a distance on the scale. It is smaller where the cost is large.
    pub(super) fn share(&self, learned: &LearnedBaseline, up: bool, single: bool) -> f64 {
        let share = self.shares[usize::from(single)][usize::from(up)];
        let (power, least) = LARGE_FALL;
        if learned.scale.has_floor() && learned.level > LARGE {
            share * (power * (learned.level - LARGE)).exp().max(least)
        } else {
            share
        }
    }

    fn is_daily(&self) -> bool {
        self.rates.interval == SamplingInterval::DAILY
    }

    fn has_week_hours(&self) -> bool {
        (2..=24).contains(&self.rates.interval.points_per_day())
    }
}

/// The amount below which a difference is small for the series, whatever its share of the day.
fn small_amount(learned: &LearnedBaseline) -> f64 {
    if !learned.scale.has_floor() {
        return 0.0;
    }
    // After a large fall the rest is small for some weeks, however it ends.
    let recent = learned.previous_level.filter(|_| learned.run.settled < AFTER_FALL);
    let level = recent.map_or(learned.level, |before| learned.level.max(before));
    let week: f64 = learned.weekdays.iter().map(|w| learned.scale.value_at(level + w.effect)).sum();
    SMALL * week / 7.0
}
