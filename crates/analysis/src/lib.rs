//! Pure functions over series: what fits, what doesn't, why, and what comes next. No I/O, no clock.
//!
//! Money comes in exact and leaves exact; in between it is `f64`, converted at the door of each function.

mod causes;
mod cube;
mod detect;
mod forecast;
mod habit;
mod incidents;
mod judge;
mod stats;

pub use causes::{Movement, rank};
pub use cube::{CostCube, Coverage, SourceSeries};
pub use detect::{LEVELS, Tuning, detect};
pub use forecast::{forecast, project};
pub use incidents::group;
pub use judge::{BudgetRule, judge};
