//! The judgement of one point, and user feedback on it.

use tollgate_model::anomaly::BrokenPattern;

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

    pub(super) fn no_anomaly(expected: f64) -> Self {
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

    /// An anomaly by a rule, not by its distance: a cost where there was none, or the reverse.
    pub(super) fn by_rule(up: bool, expected: f64, pattern: BrokenPattern, deviations: f64) -> Self {
        Self {
            alert: true,
            up,
            score: if deviations.abs() > 9.0 { 9.0 } else { 1.5 },
            deviations,
            expected,
            usual: (expected, expected),
            pattern,
            points: 1,
            adopted: false,
        }
    }
}
