//! Resources of an account, and the calls that change them.
//!
//! Reading and changing are separate ports: [`Inventory`] lists, reads and measures; [`Control`] makes one call of a plan.
//! [`Timer`] wakes a plan later, and an [`Advisor`] returns recommendations of a provider. Types of an SDK stop in `aws`.

#[cfg(feature = "aws")]
pub mod aws;
mod budget;
mod operations;
mod snapshot;

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use tollgate_model::recommendation::Recommendation;
use tollgate_model::{AccountRegion, ApiCall, HealthCheck, Hourly, Metric, Resource, ResourceType};

pub use budget::CallBudget;
pub use operations::{HEALTH_PERMISSIONS, INVENTORY_PERMISSIONS, OPERATIONS};
pub use snapshot::{Snapshot, SnapshotCloud, SnapshotResource};

/// The tag by which a resource that a step created is found again.
pub const STEP_TAG: &str = "tollgate:step";

/// A request for one metric of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricRequest {
    /// The resource's type.
    pub of: ResourceType,
    /// The resource's id.
    pub id: String,
    /// The metric.
    pub metric: Metric,
}

/// Whether a health check passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It passes.
    Healthy,
    /// It fails or has no result, with the reason.
    Unhealthy(String),
}

/// A port: reads resources. It changes nothing.
#[async_trait]
pub trait Inventory: Send + Sync {
    /// Lists the resources of a type in a place, in no order. An error of one page is an error of the list.
    async fn list(&self, place: &AccountRegion, of: ResourceType) -> Result<Vec<Resource>, CloudError>;

    /// Reads one resource with everything that its fingerprint needs, protection included. `None` when it does not exist.
    async fn read(&self, place: &AccountRegion, of: ResourceType, id: &str) -> Result<Option<Resource>, CloudError>;

    /// Reads the resource that a step created, by its [`STEP_TAG`]. `None` when there is none.
    async fn created_by_step(
        &self,
        place: &AccountRegion,
        of: ResourceType,
        step: &str,
    ) -> Result<Option<Resource>, CloudError>;

    /// Whether a schedule with that name exists.
    async fn schedule_exists(&self, place: &AccountRegion, name: &str) -> Result<bool, CloudError>;

    /// Reads hourly metrics of the hours from `from` to `to`, in the order of the requests. A metric without values is `None`.
    async fn metrics(
        &self,
        place: &AccountRegion,
        wanted: &[MetricRequest],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Option<Hourly>>, CloudError>;

    /// Runs a health check. A check without a result is unhealthy.
    async fn health(&self, place: &AccountRegion, check: &HealthCheck, now: Timestamp) -> Health;

    /// The calls made since the adapter was created, by operation.
    fn calls(&self) -> BTreeMap<String, u64>;
}

/// A port: changes resources.
#[async_trait]
pub trait Control: Send + Sync {
    /// Makes one call. With `dry_run` EC2 only checks whether it would make it; other services have no dry run, and nothing is called.
    /// Returns the id of the created resource, if any.
    async fn perform(&self, place: &AccountRegion, call: &ApiCall, dry_run: bool) -> Result<CallOutcome, CloudError>;
}

/// The outcome of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// The call was made.
    Done {
        /// The id of the created resource.
        created: Option<String>,
    },
    /// Dry run: the provider would allow the call.
    Allowed,
    /// Dry run: the service has none, and nothing was called.
    NotChecked,
}

/// A port: wakes a plan later.
#[async_trait]
pub trait Timer: Send + Sync {
    /// Wakes a plan at an instant, once. A second identical request changes nothing.
    async fn wake(&self, plan: &str, at: Timestamp) -> Result<(), CloudError>;
}

/// A timer that does nothing: a process that polls finds due plans in the ledger.
#[derive(Clone, Copy, Debug, Default)]
pub struct PollingTimer;

#[async_trait]
impl Timer for PollingTimer {
    async fn wake(&self, _: &str, _: Timestamp) -> Result<(), CloudError> {
        Ok(())
    }
}

/// A port: recommendations of a provider.
#[async_trait]
pub trait Advisor: Send + Sync {
    /// Its name, in reports.
    fn name(&self) -> &'static str;

    /// Returns its recommendations for a place. Empty where it is not enabled.
    async fn recommendations(&self, place: &AccountRegion) -> Result<Vec<Recommendation>, CloudError>;
}

/// Why a call to a provider failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloudError {
    /// No answer; the same call may succeed later.
    #[error("{operation} in {place}: no answer: {message}")]
    Unavailable {
        /// The operation.
        operation: String,
        /// The account and region.
        place: AccountRegion,
        /// The provider's message.
        message: String,
    },
    /// The caller lacks a permission.
    #[error(
        "{operation} in {place}: not allowed: {message}\nhint: docs/reference/actions.md lists what each role needs"
    )]
    Denied {
        /// The operation.
        operation: String,
        /// The account and region.
        place: AccountRegion,
        /// The provider's message.
        message: String,
    },
    /// The resource does not exist.
    #[error("{operation} in {place}: not found: {message}")]
    NotFound {
        /// The operation.
        operation: String,
        /// The account and region.
        place: AccountRegion,
        /// The provider's message.
        message: String,
    },
    /// The provider refused, and will refuse again.
    #[error("{operation} in {place}: refused: {message}")]
    Refused {
        /// The operation.
        operation: String,
        /// The account and region.
        place: AccountRegion,
        /// The provider's message.
        message: String,
    },
    /// The limit of calls is reached.
    #[error(
        "{operation} in {place}: the limit of {limit} calls in a run is reached\nhint: advice {{ max_calls = {limit} }} sets the limit"
    )]
    Budget {
        /// The operation.
        operation: String,
        /// The account and region.
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
