//! The judgement of series with cost on some days only: by their amounts, their calendar and their runs.

use tollgate_model::anomaly::BrokenPattern;

use super::detector::SeriesDetector;
use super::patterns::{self, Deviation};
use super::tails::largest_usual_amount;
use super::{LearnedBaseline, PointFeedback, PointJudgement, jobs};
use crate::interval::CalendarPosition;

/// Factor on the score for amounts of idle series and of jobs: their spread is learned from few days.
pub(super) const AMOUNTS: f64 = 0.707;
/// The score of a deviation that a pattern explains.
pub(super) const EXPLAINED: f64 = 0.95;

impl SeriesDetector {
    /// A day of a series with cost on some days only.
    pub(super) fn judge_idle(
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
            let away = |value: f64| {
                let ratio = (value / usual.max(f64::MIN_POSITIVE)).max(f64::MIN_POSITIVE);
                (ratio.ln() - learned.scale.lowest(0.0)).clamp(0.5, 700.0)
            };
            let event = (value > 0.0).then(|| (away(value), value));
            if judgement.score > 1.0
                && let Some(largest) = largest_usual_amount(&learned.events)
            {
                judgement.score = judgement.score.min(value / largest);
                judgement.alert &= judgement.score > 1.0;
            }
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
}
