//! What patterns say about a point: a deviation that they explain, an event that is missing, jobs left on, growth.

use tollgate_model::anomaly::BrokenPattern;

use super::compare::Point;
use super::detector::SeriesDetector;
use super::idle::{AMOUNTS, EXPLAINED};
use super::jobs::{self, JobTimes};
use super::learned::small_amount;
use super::{LearnedBaseline, PointFeedback, PointJudgement, patterns};

/// A run of anomalies from which on a repetition is no pattern, but the run.
const RUN: u32 = 5;

impl SeriesDetector {
    /// Sets a deviation aside if a pattern of the past explains it.
    pub(super) fn explain_by_patterns(
        &self,
        learned: &mut LearnedBaseline,
        point: &mut Point,
        judgement: &mut PointJudgement,
    ) {
        let explained = if self.is_daily() {
            self.is_explained(learned, point, judgement)
        } else {
            self.rates.a_day > 1
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
        let a_day = self.rates.a_day;
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
        job || (self.has_week_hours() && learned.week_hours.repeats(point.position, a_day, point.away(), tolerance))
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
    pub(super) fn judge_patterns(&self, learned: &mut LearnedBaseline, point: &Point, judgement: &mut PointJudgement) {
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
    pub(super) fn judge_growth(
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
}
