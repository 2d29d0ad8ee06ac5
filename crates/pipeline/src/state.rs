//! The input of use cases: the state, the lake, and the cloud that plans change.

use std::sync::Arc;

use jiff::Timestamp;
use tollgate_actions::Executor;
use tollgate_cloud::{Advisor, Inventory, Timer};
use tollgate_lake::Lake;
use tollgate_ledger::Ledger;
use tollgate_model::{AccountRegion, Clock, Content, Message, MessageId};
use tollgate_policy::Policy;

/// The ledger, the policy and the time: the input of every use case.
#[derive(Clone)]
pub struct State {
    /// The ledger.
    pub ledger: Ledger,
    /// The policy in effect.
    pub policy: Arc<Policy>,
    /// The source of the current time.
    pub clock: Arc<dyn Clock>,
    /// The id of the run. Every message carries it.
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

/// The input of use cases that read or write charges: state and the lake.
#[derive(Clone)]
pub struct Context {
    /// The ledger, the policy and the time.
    pub state: State,
    /// The charges.
    pub lake: Lake,
}

/// The ports of advice and change.
#[derive(Clone)]
pub struct Cloud {
    /// Reads resources.
    pub inventory: Arc<dyn Inventory>,
    /// Makes the calls of approved plans.
    pub executor: Executor,
    /// Wakes a plan later.
    pub timer: Arc<dyn Timer>,
    /// Recommendations of the provider.
    pub advisors: Vec<Arc<dyn Advisor>>,
    /// The caller's own account and region: the default where the policy file names none.
    pub home: AccountRegion,
}
