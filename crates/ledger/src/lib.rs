//! State behind one port, [`Table`]: what DynamoDB can do and SQLite can do as well.
//!
//! An item has a partition key, a sort key and a JSON body; writes are conditional on the version that was read; a
//! transaction is all or nothing. On one machine it is SQLite, on AWS one DynamoDB table. Both pass the same conformance
//! suite ([`conformance`]).

mod audit;
pub mod conformance;
mod delivery;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
mod error;
mod facts;
mod keys;
mod memory;
mod operations;
mod outbox;
mod remediation;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod store;
mod table;

pub use audit::{AuditDraft, AuditHead, Broken};
pub use delivery::{Claim, Claimed, Delivery, DeliveryState, Thread, Wake};
#[cfg(feature = "dynamodb")]
pub use dynamodb::DynamoTable;
pub use error::LedgerError;
pub use facts::Facts;
pub use keys::Keys;
pub use memory::MemoryTable;
pub use operations::{PolicyFile, Run};
pub use remediation::{FleetCounts, Halt, PlanRequest};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteTable;
pub use store::{CurrentPeriod, Ledger, ToldThresholds, WatermarkRecord};
pub use table::{Clock, Condition, Item, Key, Page, Query, Table, Write};
