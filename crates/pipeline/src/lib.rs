//! The use cases: ingest, detect, judge budgets, forecast, reconcile, export. Ports only; a binary names the adapters.

mod aggregate;
mod budgets;
mod commitments;
mod detect;
mod error;
mod feedback;
mod forecasts;
mod ingest;
mod parallel;
mod reconcile;
mod view;

use std::sync::Arc;

use tollgate_lake::Lake;
use tollgate_ledger::{Clock, Ledger};
use tollgate_policy::Policy;

pub use budgets::judge_budgets;
pub use detect::{DetectReport, Late, detect};
pub use error::PipelineError;
pub use feedback::{acknowledge, say_of_incident};
pub use forecasts::{daily, forecast};
pub use ingest::{FileReport, IngestOptions, IngestReport, Input, Outcome, PeriodReport, Progress, ingest, open_files};
pub use reconcile::{Invoice, ReconcileReport, ReconcileRow, Verdict, reconcile};
pub use view::{current_parts, export_focus, sql};

/// What every use case works on.
#[derive(Clone)]
pub struct Context {
    /// Where charges are.
    pub lake: Lake,
    /// Where state is.
    pub ledger: Ledger,
    /// The policy in effect.
    pub policy: Arc<Policy>,
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
}

impl Context {
    pub(crate) fn now(&self) -> String {
        self.clock.now().to_string()
    }
}
