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
/// Points from which a window may show a ramp, and how near to an anomaly its mean must be.
const RAMP_POINTS: usize = 7;
const NEAR: f64 = 0.6;
/// The end of a ramp must be this multiple of the least share: a ramp has no level yet, so that chance finds more of them. In noise it
/// finds many more: the multiple grows by the second number.
const RAMP_END: (f64, f64) = (1.7, 0.7);
/// The part of the higher threshold of single days in heavy tails that steps have, too: clipped outliers still move the mean.
const TAILS: f64 = 0.04;
/// The least mean of a window that shows a step, and of one that shows a ramp, as a multiple of the least share.
const LEAST_MEAN: (f64, f64) = (0.9, 0.45);
/// More than the rounding of a mean, as a share of the largest distance.
const ROUNDING: f64 = 1e-9;
/// Less than one by more than the rounding of a distance.
const NEARLY: f64 = 1.0 - 1e-6;
/// The deviation of a step from which the multiple grows, and at which it has grown.
const NOISY: (f64, f64) = (0.035, 0.075);

/// A change within a window, and the deviation of its estimate.
#[derive(Clone, Copy)]
struct Change {
    change: f64,
    deviation: f64,
}

impl Change {
    fn deviations(&self) -> f64 {
        self.change / self.deviation
    }
}

/// A window of the last points, compared with the level before it.
struct Window {
    points: usize,
    level: f64,
    /// 1 if the change is up, else -1.
    sign: f64,
    clip: f64,
    memory: f64,
    /// The variance of the level.
    uncertain: f64,
    variance: f64,
}

impl Window {
    /// The mean distance, and a change that is the same on every point. That estimate is by generalized least squares for noise with an
    /// autocorrelation of one point (Cochrane and Orcutt, 1949).
    fn mean_and_step(&self, learned: &LearnedBaseline) -> (f64, Change) {
        let (fresh, memory) = (1.0 - self.memory, self.memory);
        let (mut weighted, mut sum, mut before) = (0.0, 0.0, None::<f64>);
        learned.recent.last_free(self.points).for_each(|free| {
            let away = clip(free - self.level, self.clip);
            weighted += before.map_or(away, |before| fresh * (away - memory * before));
            sum += away;
            before = Some(away);
        });
        let weight = 1.0 + float(self.points - 1) * fresh * fresh;
        let deviation = (self.variance / weight + self.uncertain).sqrt();
        (sum / float(self.points) * self.sign, Change { change: weighted / weight * self.sign, deviation })
    }

    /// The mean distance, but for rounding: the order of the additions is not that of [`Self::mean_and_step`].
    fn rough_mean(&self, learned: &LearnedBaseline) -> f64 {
        let rough = |values: &[f32]| {
            let (fours, rest) = values.as_chunks::<4>();
            let mut sums = [0.0; 4];
            for four in fours {
                for (sum, free) in sums.iter_mut().zip(four) {
                    *sum += clip(f64::from(*free) - self.level, self.clip);
                }
            }
            sums.iter().sum::<f64>()
                + rest.iter().map(|free| clip(f64::from(*free) - self.level, self.clip)).sum::<f64>()
        };
        let (older, newer) = learned.recent.last_values(self.points);
        (rough(older) + rough(newer)) / float(self.points) * self.sign
    }

    /// A change that grows from point to point, at its end; by the same estimate.
    fn ramp(&self, learned: &LearnedBaseline) -> Change {
        let (mut weighted, mut weight, mut before, mut shape_before) = (0.0, 0.0, 0.0, 0.0);
        let mut number = 0.0;
        learned.recent.last_free(self.points).for_each(|free| {
            number += 1.0;
            let away = clip(free - self.level, 2.0 * self.clip);
            let shape = number / float(self.points);
            let fresh = shape - self.memory * shape_before;
            weighted += fresh * (away - self.memory * before);
            weight += fresh * fresh;
            (before, shape_before) = (away, shape);
        });
        Change { change: weighted / weight * self.sign, deviation: (self.variance / weight + self.uncertain).sqrt() }
    }
}

impl SeriesDetector {
    /// Scores windows of the last points against the level before them.
    pub(super) fn score_windows(&self, learned: &LearnedBaseline, point: &Point, judgement: &mut PointJudgement) {
        let noise = &learned.noise;
        let memory = noise.memory();
        let widest = (3.0 * point.around).max(1.15 * self.tuning.share);
        let uncertain = noise.variance / (1.0 - memory) * self.rates.level;
        let settled = learned.run.settled as usize;
        let last = learned.recent.free(0);
        let noisy = ((noise.variance.sqrt() - NOISY.0) / (NOISY.1 - NOISY.0)).clamp(0.0, 1.0);
        let ramp_end = RAMP_END.0 + RAMP_END.1 * noisy;
        let shares = [
            self.share(learned, false, false).max(learned.allowed[0]),
            self.share(learned, true, false).max(learned.allowed[1]),
        ];
        let least = if self.every_score { judgement.score } else { judgement.score.max(1.0) };
        // Most days are near all levels.
        let near = |share: f64| 0.5 * share * least * NEARLY;
        let (low, high) = (last - near(shares[1]), last + near(shares[0]));
        for (points, factor) in &self.rates.windows {
            let points = *points;
            if points > settled + 1 || points > learned.recent.len() {
                break;
            }
            let level = learned.recent.level(points - 1);
            if low < level && level < high {
                continue;
            }
            let up = last > level;
            let share = shares[usize::from(up)];
            let sign = if up { 1.0 } else { -1.0 };
            // The last point must still have at least half of the change; otherwise the change is over.
            let (away, half) = ((last - level).abs(), 0.5 * share);
            let least = if self.every_score { judgement.score } else { judgement.score.max(1.0) };
            if away <= half * least {
                continue;
            }
            let bound = away / half;
            let of_ramp = self.tuning.score * WINDOW * factor;
            let heavy = noise.threshold(self.tuning.score) / self.tuning.score - 1.0;
            let needed = of_ramp * (1.0 + TAILS * heavy);
            let window = Window { points, level, sign, clip: widest, memory, uncertain, variance: noise.variance };
            // Most windows have no mean that is an anomaly, whatever the noise.
            let least_mean = if points >= RAMP_POINTS { LEAST_MEAN.1 } else { LEAST_MEAN.0 };
            if window.rough_mean(learned) <= least_mean * share * least - ROUNDING * widest {
                continue;
            }
            let (mean, step) = window.mean_and_step(learned);
            let mut score =
                (step.deviations() / needed).min(step.change / share).min(mean / (LEAST_MEAN.0 * share)).min(bound);
            let mut found = step;
            if score <= 1.0 && points >= RAMP_POINTS && step.deviations() / of_ramp > NEAR && bound > NEAR {
                let ramp = window.ramp(learned);
                let end = ramp.change / (ramp_end * share);
                let ramp_score = (ramp.deviations() / of_ramp).min(end).min(mean / (LEAST_MEAN.1 * share)).min(bound);
                if ramp_score > score {
                    (score, found) = (ramp_score, ramp);
                }
            }
            if score > judgement.score {
                let scale = learned.scale;
                let expected = level + point.base - learned.level;
                judgement.score = score;
                if score > 1.0 {
                    let reach = |up: bool| share.max(needed * found.deviation).max(shares[usize::from(up)]);
                    *judgement = PointJudgement {
                        alert: false,
                        up,
                        score,
                        deviations: found.deviations() * sign,
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
