//! Pure functions over cost series: anomalies, their causes, incidents, budgets, forecasts and advice. No I/O, no clock.
//!
//! Money enters and leaves as an exact amount; in between it is `f64`, converted at the entry of each function.

pub mod advice;
pub mod allocate;
mod baseline;
mod budget;
mod causes;
mod civil;
mod commitments;
mod cost_history;
mod cube;
mod detect;
pub mod efficiency;
mod forecast;
mod holidays;
mod incidents;
mod interval;
mod kept;
mod moves;
pub mod parallel;
mod shadow;
mod stats;
pub mod units;
mod variance;
pub mod whatif;

pub use baseline::{
    CalendarRule, LearnedRule, LearningRates, MonthDay, PointFeedback, PointForecast, PointJudgement, SeriesBaseline,
    SeriesDetector,
};
pub use budget::{BudgetRule, judge_budget, remaining_within_parents};
pub use causes::{CostMovement, rank_causes};
pub use commitments::{Commitment, CommitmentCoverage, CommitmentDay, CommitmentFinding, judge_commitments};
pub use cost_history::{cost_history, explaining_dimensions};
pub use cube::{CostCube, ScopeSeries, SourceCoverage, SourceSeries, coverage_of};
pub use detect::{DetectionInput, DetectionResult, LEVELS, Tuning, detect_anomalies};
pub use forecast::{CostForecast, forecast_cost, forecast_quality, forecast_scopes, forecast_sum};
pub use incidents::group_anomalies;
pub use interval::{CalendarPosition, SamplingInterval};
pub use kept::{KeptBaselines, METHOD_VERSION};
pub use shadow::{ShadowDifference, ShadowMethod, ShadowReport, alert_days, compare_detection};

/// A count of days as an offset.
pub(crate) fn index(i: usize) -> i32 {
    i32::try_from(i).unwrap_or(i32::MAX)
}

/// A count of points, which is far below 2^52, as a float.
pub(crate) fn float(i: usize) -> f64 {
    i as f64
}
