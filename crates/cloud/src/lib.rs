//! What is there in an account, and the calls that change it.
//!
//! Two ports, so that who only looks cannot change: [`Inventory`] lists, reads and measures; [`Control`] makes one call of a
//! plan. [`Timer`] wakes a plan later, and an [`Advisor`] is somebody else's advice. Types of an SDK stop in `aws`.

#[cfg(feature = "aws")]
pub mod aws;
mod budget;
mod operations;

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use tollgate_model::recommendation::Recommendation;
use tollgate_model::{AccountRegion, ApiCall, HealthCheck, Hourly, Metric, Resource, ResourceType};

pub use budget::CallBudget;
pub use operations::{HEALTH, LOOKS, OPERATIONS};

/// The tag by which something that a step has made is found again.
pub const STEP_TAG: &str = "tollgate:step";

/// One metric of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The resource's type.
    pub of: ResourceType,
    /// The resource's id.
    pub id: String,
    /// What is asked for.
    pub metric: Metric,
}

/// Whether a health check passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Healthy,
    /// It does not, or nobody can tell: why.
    Unhealthy(String),
}

/// A port: what is there. It changes nothing.
#[async_trait]
pub trait Inventory: Send + Sync {
    /// Every resource of a type in a place, in no order. Errors when a page fails: half a list is no list.
    async fn list(&self, place: &AccountRegion, of: ResourceType) -> Result<Vec<Resource>, CloudError>;

    /// One resource with everything that its fingerprint needs, protection included. `None` when it is not there.
    async fn read(&self, place: &AccountRegion, of: ResourceType, id: &str) -> Result<Option<Resource>, CloudError>;

    /// What a step has made, by its [`STEP_TAG`]. `None` when there is nothing.
    async fn made_by(
        &self,
        place: &AccountRegion,
        of: ResourceType,
        step: &str,
    ) -> Result<Option<Resource>, CloudError>;

    /// Whether a schedule of that name is there.
    async fn scheduled(&self, place: &AccountRegion, name: &str) -> Result<bool, CloudError>;

    /// Metrics by the hour, of the hours from `from` to `to`, in the order in which they are wanted. What was never told is
    /// `None`.
    async fn metrics(
        &self,
        place: &AccountRegion,
        wanted: &[Wanted],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Option<Hourly>>, CloudError>;

    /// Whether something is healthy. What cannot be told is not.
    async fn health(&self, place: &AccountRegion, check: &HealthCheck, now: Timestamp) -> Health;

    /// Calls that were made, by operation, since the adapter was made.
    fn calls(&self) -> BTreeMap<String, u64>;
}

/// A port: what changes something.
#[async_trait]
pub trait Control: Send + Sync {
    /// Makes one call. With `dry_run` EC2 is asked whether it would; other services can't be asked, and nothing is called.
    /// Returns the id of what it made, where it made something.
    async fn perform(&self, place: &AccountRegion, call: &ApiCall, dry_run: bool) -> Result<Performed, CloudError>;
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Performed {
    /// It was made.
    Done {
        /// The id of what it made.
        made: Option<String>,
    },
    /// It would be.
    Allowed,
    /// The service can't be asked.
    NotAsked,
}

/// A port: wakes a plan later.
#[async_trait]
pub trait Timer: Send + Sync {
    /// Wakes a plan at an instant, once. The same twice is one.
    async fn wake(&self, plan: &str, at: Timestamp) -> Result<(), CloudError>;
}

/// A timer of whoever looks again and again: what is due is found in the ledger.
#[derive(Clone, Copy, Debug, Default)]
pub struct Polled;

#[async_trait]
impl Timer for Polled {
    async fn wake(&self, _: &str, _: Timestamp) -> Result<(), CloudError> {
        Ok(())
    }
}

/// A port: somebody else's advice.
#[async_trait]
pub trait Advisor: Send + Sync {
    /// Whose.
    fn name(&self) -> &'static str;

    /// What they recommend in a place. Nothing where they are not enabled.
    async fn recommendations(&self, place: &AccountRegion) -> Result<Vec<Recommendation>, CloudError>;
}

/// Why a provider did not answer, or refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloudError {
    /// It may answer the next time.
    #[error("{operation} in {place}: no answer: {message}")]
    Unavailable {
        /// What was asked.
        operation: String,
        /// Where.
        place: AccountRegion,
        /// What was said.
        message: String,
    },
    /// Whoever asks may not.
    #[error(
        "{operation} in {place}: not allowed: {message}\nhint: docs/reference/actions.md lists what each role needs"
    )]
    Denied {
        /// What was asked.
        operation: String,
        /// Where.
        place: AccountRegion,
        /// What was said.
        message: String,
    },
    /// What it is about is not there.
    #[error("{operation} in {place}: there is none: {message}")]
    NotFound {
        /// What was asked.
        operation: String,
        /// Where.
        place: AccountRegion,
        /// What was said.
        message: String,
    },
    /// It refused, and will again.
    #[error("{operation} in {place}: refused: {message}")]
    Refused {
        /// What was asked.
        operation: String,
        /// Where.
        place: AccountRegion,
        /// What was said.
        message: String,
    },
    /// The budget of calls is used up.
    #[error(
        "{operation} in {place}: {limit} calls of this run are used up\nhint: advice {{ max_calls = {limit} }} sets the limit"
    )]
    Budget {
        /// What was to be asked.
        operation: String,
        /// Where.
        place: AccountRegion,
        /// The limit.
        limit: u64,
    },
}

impl CloudError {
    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Denied { .. } | Self::NotFound { .. } | Self::Refused { .. } | Self::Budget { .. } => false,
        }
    }
}
