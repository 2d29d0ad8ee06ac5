//! The state of Tollgate behind one port, [`Table`], with the operations that both DynamoDB and SQLite have.
//!
//! An item has a partition key, a sort key and a JSON body; writes are conditional on the version that was read; a
//! transaction is all or nothing. On one machine it is SQLite, on AWS one DynamoDB table. Both pass the same conformance
//! suite ([`conformance`]).

mod access;
mod allocations;
mod audit;
mod billing_periods;
mod business_metrics;
mod checks;
pub mod conformance;
mod delivery;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
mod error;
mod keys;
mod memory;
mod operations;
mod outbox;
mod remediation;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod store;
mod table;
mod transaction;

pub use access::{ApiKeyRecord, SessionRecord, SignInRecord};
pub use audit::{AuditHead, AuditProblem};
pub use billing_periods::PeriodChange;
pub use business_metrics::sum_restatements;
pub use checks::ScheduledCheck;
pub use delivery::{ChannelThread, Claim, Claimed, Delivery, DeliveryState};
#[cfg(feature = "dynamodb")]
pub use dynamodb::DynamoTable;
pub use error::LedgerError;
pub use keys::Keys;
pub use memory::MemoryTable;
pub use operations::{FunctionRun, PolicyFile};
pub use remediation::{Halt, PlanRequest, ResourceCounts};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteTable;
pub use store::{AlertedThresholds, CurrentPeriod, Ledger, ReplacedDelivery, WatermarkRecord};
pub use table::{Condition, Item, Key, Page, Query, Table, Write};
pub use transaction::LedgerTransaction;
