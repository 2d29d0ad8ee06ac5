//! Pure functions over series: what fits, what doesn't, why, and what comes next. No I/O, no clock.
//!
//! Money comes in exact and leaves exact; in between it is `f64`, converted at the door of each function.

pub mod advice;
mod cadence;
mod causes;
mod commitments;
mod cost_history;
mod cube;
mod detect;
mod forecast;
mod habit;
mod holidays;
mod incidents;
mod judge;
mod kept;
pub mod parallel;
mod stats;
mod variance;

pub use cadence::{Cadence, Place};
pub use causes::{Movement, rank};
pub use commitments::{Commitment, CommitmentDay, CommitmentFinding, CoverageOf, judge_commitments};
pub use cost_history::{cost_history, dimensions};
pub use cube::{CostCube, Coverage, SourceSeries};
pub use detect::{Detection, Judging, LEVELS, Tuning, detect};
pub use forecast::{forecast, project};
pub use habit::{Habit, Outlook, Pace, Told, Verdict, Watch};
pub use incidents::group;
pub use judge::{BudgetRule, bounded, judge};
pub use kept::KeptHabits;

/// A count of days as an offset.
pub(crate) fn index(i: usize) -> i32 {
    i32::try_from(i).unwrap_or(i32::MAX)
}

#[allow(clippy::cast_precision_loss)] // points of a series are far below 2^52
pub(crate) fn float(i: usize) -> f64 {
    i as f64
}
