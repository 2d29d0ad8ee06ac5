//! The judgement of a point of a learned series: which rules apply to it, and in which order.

use tollgate_model::anomaly::BrokenPattern;

use super::compare::Point;
use super::detector::SeriesDetector;
use super::idle::EXPLAINED;
use super::off::Presence;
use super::recent::PointStatus;
use super::{LearnedBaseline, PointFeedback, PointJudgement, Run};
use crate::interval::CalendarPosition;

/// The natural logarithm of the cost of a point above which smaller shares are an anomaly, as their money is not small: 5,000.
const LARGE: f64 = 8.517_193_191_416_238;
/// The least share falls with this power of the cost, to this part of itself.
const LARGE_FALL: (f64, f64) = (-0.3, 0.4);
/// Differences below this share of an average day are no anomaly, whatever the share of a weekend's cost.
const SMALL: f64 = 0.02;
/// An episode is worse when its score exceeds the one that was reported by this factor.
const WORSE: f64 = 1.5;
/// Deviations around the level within which a day is an ordinary one.
const ORDINARY: f64 = 3.0;
/// The deviations of a step from which on the threshold of a single point rises, and at which it has risen, and by which share:
/// the tails of noisy series are learned slowly.
const NOISY: (f64, f64, f64) = (0.12, 0.18, 0.1);
/// Points after a change in which amounts that were small before it are still small.
const AFTER_FALL: u32 = 60;

impl SeriesDetector {
    pub(super) fn judge_learned(
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
        // A fee that does not come leaves the level where it is.
        let usual = absent || (point.of_month && point.away().abs() < ORDINARY * point.around);
        let away = if usual { 0.0 } else { point.residual };
        learned.recent.push(learned.level + away, learned.level, PointStatus::Fits);
        if judgement.score > 1.0 {
            self.explain_by_patterns(learned, &mut point, &mut judgement);
        } else if self.has_week_hours() {
            learned.week_hours.record_fit(position, self.rates.a_day);
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
        self.rest(learned, &mut judgement);
        self.judge_growth(learned, &point, feedback, &mut judgement);
        judgement.adopted = self.learn(learned, &point, status, &judgement);
        judgement
    }

    /// Points less than an hour apart: an episode is reported once in half a day, unless it becomes worse. The baseline still learns
    /// nothing from its points.
    fn rest(&self, learned: &mut LearnedBaseline, judgement: &mut PointJudgement) {
        let a_day = self.rates.a_day;
        if a_day <= 24 {
            return;
        }
        let (points, score) = learned.rest;
        if judgement.alert && (points == 0 || judgement.score > WORSE * score) {
            learned.rest = (u32::try_from(a_day / 2).unwrap_or(u32::MAX), judgement.score);
            return;
        }
        learned.rest.0 = points.saturating_sub(1);
        if points > 0 && judgement.score > 1.0 {
            (judgement.alert, judgement.score) = (false, EXPLAINED);
        }
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
        if !learned.hours.is_empty() && (learned.points as usize).is_multiple_of(self.rates.a_day) {
            learned.week_hours.update_peak(&learned.weekdays.map(|w| w.effect), &learned.hours);
        }
        let presence = learned.off.update(point.x - point.peak, point.base > point.lowest + 1.0, &self.rates);
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
        let needed = self.threshold(learned);
        let up = point.surprise > 0.0;
        let share = self.share(learned, up, true).max(learned.allowed[usize::from(up)]);
        let same_side = up == (point.residual > 0.0);
        let least = point.surprise.abs().min(if same_side { point.residual.abs() } else { 0.0 });
        let score = (deviations.abs() / needed).min(least / share);
        PointJudgement { up, score, deviations, ..PointJudgement::no_anomaly(f64::NAN) }
    }

    /// The deviations from which a single point is an anomaly.
    fn threshold(&self, learned: &LearnedBaseline) -> f64 {
        let (from, to, more) = NOISY;
        let noisy = ((learned.noise.variance.sqrt() - from) / (to - from)).clamp(0.0, 1.0);
        learned.noise.threshold(self.tuning.score) * (1.0 + more * noisy)
    }

    /// Fills in a single point's expected cost, its usual range and the pattern that it broke.
    fn explain_point(&self, learned: &LearnedBaseline, point: &Point, judgement: &mut PointJudgement) {
        let reach = self.threshold(learned) * point.variance.sqrt();
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
}

/// The amount below which a difference is small for the series, whatever its share of the day.
pub(super) fn small_amount(learned: &LearnedBaseline) -> f64 {
    if !learned.scale.has_floor() {
        return 0.0;
    }
    // After a large fall the rest is small for some weeks, however it ends.
    let recent = learned.previous_level.filter(|_| learned.run.settled < AFTER_FALL);
    let level = recent.map_or(learned.level, |before| learned.level.max(before));
    let week: f64 = learned.weekdays.iter().map(|w| learned.scale.value_at(level + w.effect)).sum();
    SMALL * week / 7.0
}
