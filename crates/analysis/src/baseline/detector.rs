//! The detector: missing rows, the warm-up, and which judgement applies to a point.

use tollgate_model::anomaly::BrokenPattern;

use super::{LearnedBaseline, LearningRates, PointFeedback, PointJudgement, SeriesBaseline, Stage};
use crate::detect::Tuning;
use crate::interval::{CalendarPosition, SamplingInterval};

/// Factors on the least share, up and down, for a single point: one day carries little evidence about a level, but much about a
/// spike.
const SINGLE: (f64, f64) = (0.82, 0.94);
/// Larger values, in any currency, are treated as gaps: a quadrillion.
const MOST: f64 = 1e15;
/// Rows missing in a row, from which a series with a row on every point has ended: days, or three days of points.
const ENDED: (u32, u32) = (11, 3);

/// A detector for series of one sampling interval. It holds no state of a series.
#[derive(Clone, Debug)]
pub struct SeriesDetector {
    pub(super) rates: LearningRates,
    pub(super) tuning: Tuning,
    pub(super) least: f64,
    pub(super) every_score: bool,
    /// The least share of a change, as a distance on the scale: for windows and single points, each down and up.
    pub(super) shares: [[f64; 2]; 2],
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
                values.push((None, position));
                return PointJudgement::no_anomaly(0.0);
            }
            Stage::Learned(learned) => learned,
        };
        let a_day = u32::try_from(self.rates.a_day).unwrap_or(u32::MAX);
        let ended = if a_day > 1 { ENDED.1 * a_day } else { ENDED.0 };
        let reported = ended..ended + self.rates.adopt;
        if !reported.contains(&gap) || learned.off.is_off || learned.is_idle() || !self.rates.interval.has_weekdays() {
            return PointJudgement::no_anomaly(0.0);
        }
        let expected = learned.scale.value_at(learned.level + learned.season_effect(position));
        if gap + 1 == reported.end && learned.scale.has_floor() {
            learned.off.is_off = true;
        }
        PointJudgement {
            alert: feedback == PointFeedback::None && expected >= self.least,
            adopted: gap + 1 == reported.end,
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
                values.push((Some(value), position));
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
        values: &mut Vec<(Option<f64>, CalendarPosition)>,
        missing_is_none: bool,
    ) -> Option<Vec<(f64, CalendarPosition)>> {
        let present = values.iter().filter(|(value, _)| value.is_some()).count();
        if present < self.rates.fit {
            return None;
        }
        let missing = missing_is_none.then_some(0.0);
        let known = std::mem::take(values).into_iter();
        Some(known.filter_map(|(value, position)| Some((value.or(missing)?, position))).collect())
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

    pub(super) fn is_daily(&self) -> bool {
        self.rates.interval == SamplingInterval::DAILY
    }

    pub(super) fn has_week_hours(&self) -> bool {
        (2..=24).contains(&self.rates.a_day)
    }
}
