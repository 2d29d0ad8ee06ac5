//! Windows of the last points, to find changes that are too small to show on one day.

use tollgate_model::anomaly::BrokenPattern;

use super::LearnedBaseline;
use super::compare::Point;
use super::detector::SeriesDetector;
use super::judgement::PointJudgement;
use super::noise::clip;
use crate::float;

/// Factor on the score for windows: chance lines up several points less often than one.
const WINDOW: f64 = 0.78;

impl SeriesDetector {
    /// Scores windows of the last points against the level before them. The estimate is by generalized least squares for noise
    /// with an autocorrelation of one point (Cochrane and Orcutt, 1949).
    pub(super) fn score_windows(&self, learned: &LearnedBaseline, point: &Point, judgement: &mut PointJudgement) {
        let noise = &learned.noise;
        let memory = noise.memory();
        let fresh = 1.0 - memory;
        let widest = (3.0 * noise.around_level()).max(1.15 * self.tuning.share);
        let uncertain = noise.variance / fresh * self.rates.level;
        let settled = learned.run.settled as usize;
        let last = learned.recent.free(0);
        let shares = [
            self.share(learned, false, false).max(learned.allowed[0]),
            self.share(learned, true, false).max(learned.allowed[1]),
        ];
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
            let deviation = (noise.variance / weight + uncertain).sqrt();
            let estimate = weighted / weight * sign;
            let deviations = estimate / deviation;
            let mean = sum / float(points) * sign;
            let needed = self.tuning.score * WINDOW * factor;
            let score = (deviations / needed).min(estimate / share).min(mean / (0.9 * share)).min(bound);
            if score > judgement.score {
                let scale = learned.scale;
                let expected = level + point.base - learned.level;
                judgement.score = score;
                if score > 1.0 {
                    let reach = |up: bool| share.max(needed * deviation).max(shares[usize::from(up)]);
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
}
