//! The use cases: ingest, detect, judge budgets, notify, decide, forecast, reconcile, export. Ports only; a binary names the adapters.

mod advise;
mod aggregate;
mod approvals;
mod budgets;
mod causes;
mod change_plans;
mod charges;
pub mod chat;
mod commitments;
mod compare;
mod detect;
mod error;
mod feedback;
mod forecasts;
mod heartbeat;
mod ingest;
mod notify;
mod parallel;
mod rates;
mod reconcile;
mod remediate;
mod routing;
mod savings;
mod spend;
mod status;
mod store_check;
mod usage;
mod view;
mod writers;

use std::ops::Deref;
use std::sync::Arc;

use jiff::Timestamp;
use tollgate_actions::Executor;
use tollgate_cloud::{Advisor, Inventory, Timer};
use tollgate_lake::Lake;
use tollgate_ledger::Ledger;
use tollgate_model::{AccountRegion, Clock, Content, Message, MessageId};
use tollgate_policy::Policy;

pub use advise::{AdviseReport, advise, dismiss};
pub use approvals::{Decided, Proposal, decide, propose};
pub use budgets::{judge_budgets, last_budgets};
pub use change_plans::{Built, PlanFor, ask_for_plan, fulfil_requests, plan_change};
pub use compare::{ComparedRow, Comparison, OtherLines, compare, tell_gaps};
pub use detect::{DetectReport, Late, detect};
pub use error::PipelineError;
pub use feedback::{acknowledge, assign, say_of_incident, snooze};
pub use forecasts::{daily, forecast};
pub use ingest::{
    FileReport, IngestOptions, IngestReport, Input, Outcome, PeriodReport, Progress, announce, ingest, open_files,
};
pub use notify::{DeliveryReport, deliver_due, deliver_message};
pub use parallel::READER;
pub use reconcile::{Invoice, ReconcileReport, ReconcileRow, Verdict, reconcile};
pub use remediate::{Advanced, Patience, go_on, remediate, stop_all};
pub use routing::{DeliveryPlan, PlannedDelivery, Sender, UNROUTED, plan_deliveries};
pub use savings::{SavingsLine, SavingsReport, measure_savings, savings};
pub use status::{Freshness, Status, freshness, status};
pub use store_check::{Fault, StoreCheck, StoreFault, check_store};
pub use usage::{MeterUse, UsageOfMeters, usage_of_meters};
#[cfg(feature = "sql")]
pub use view::sql;
pub use view::{current_parts, export_focus};

/// What every use case works on: state, policy and the time.
#[derive(Clone)]
pub struct State {
    /// Where state is.
    pub ledger: Ledger,
    /// The policy in effect.
    pub policy: Arc<Policy>,
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
    /// The run's id, which every message carries.
    pub run: Arc<str>,
}

impl State {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A message of this run.
    pub fn message(&self, id: impl Into<MessageId>, content: Content) -> Message {
        Message { id: id.into(), at: self.now(), run: self.run.to_string(), content }
    }
}

/// What use cases work on that read or write charges: state, and the lake beside it.
#[derive(Clone)]
pub struct Context {
    /// State, policy and the time.
    pub state: State,
    /// Where charges are.
    pub lake: Lake,
}

/// What changes need: what is there, who makes calls, and who wakes.
#[derive(Clone)]
pub struct Cloud {
    /// What is there.
    pub inventory: Arc<dyn Inventory>,
    /// Makes the calls of approved plans.
    pub executor: Executor,
    /// Wakes a plan later.
    pub timer: Arc<dyn Timer>,
    /// Who else advises.
    pub advisors: Vec<Arc<dyn Advisor>>,
    /// Where the caller is: what is looked at where the policy file names no account or region.
    pub home: AccountRegion,
}

/// A context can do whatever its state can.
impl Deref for Context {
    type Target = State;
    fn deref(&self) -> &State {
        &self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lambda's runtime moves a handler's future between threads.
    #[test]
    fn use_cases_can_run_on_any_thread() {
        fn is_send<F: Send>(_: impl Fn() -> F) {}
        fn given<T>() -> T {
            panic!("only types are looked at")
        }
        is_send(|| detect(given()));
        is_send(|| judge_budgets(given()));
        is_send(|| ingest(given(), given(), given(), given()));
        is_send(|| deliver_due(given(), given()));
        is_send(|| deliver_message(given(), given(), given()));
        is_send(|| advise(given(), given()));
        is_send(|| remediate(given(), given(), given(), given()));
        is_send(|| chat::receive_request(given(), given(), given()));
        is_send(|| chat::perform_request(given(), given(), given()));
    }
}
