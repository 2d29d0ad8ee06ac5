//! Errors of use cases.

use tollgate_cloud::CloudError;
use tollgate_lake::LakeError;
use tollgate_ledger::LedgerError;
use tollgate_model::limits::SPEND_GROUPS;
use tollgate_model::{BillingPeriod, MoneyError, SourceId};
use tollgate_sources::SourceError;
use tollgate_sources::business_metrics::MetricSourceError;

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// An input was refused.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Business figures could not be read.
    #[error(transparent)]
    Metric(#[from] MetricSourceError),
    /// The lake failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A sum is out of range.
    #[error("a total cannot be kept exactly: {0}")]
    Total(#[from] MoneyError),
    /// The written files do not hold what was read. Nothing became current.
    #[error(
        "{source_id} {period}: the files that were written do not sum to what was read ({detail}); nothing was changed\nhint: this is a fault of Tollgate or of the disk; please report it with the export's format"
    )]
    NotConserved {
        /// The feed.
        source_id: SourceId,
        /// The month.
        period: BillingPeriod,
        /// The sums that differ.
        detail: String,
    },
    /// Other imports of the same period came first, on every attempt.
    #[error(
        "{source_id} {period}: another import changed it at the same time\nhint: run the import again when the other has finished"
    )]
    Contended {
        /// The feed.
        source_id: SourceId,
        /// The month.
        period: BillingPeriod,
    },
    /// The new charges belong to a different account than the charges that they would replace.
    #[error(
        "{source_id} {period}: holds charges of {kept}, and the new charges belong to {new}; nothing was changed\nhint: use a different source with --source, or a file of the same account"
    )]
    OtherAccount {
        /// The feed.
        source_id: SourceId,
        /// The month.
        period: BillingPeriod,
        /// The accounts, or providers, whose charges are kept.
        kept: String,
        /// The accounts, or providers, of the new charges.
        new: String,
    },
    /// It cannot be decided what a delivery replaces, or it would lose charges. Nothing was written.
    #[error("{source_id} {period}: {what}; nothing was changed\nhint: {hint}")]
    Delivery {
        /// The feed.
        source_id: SourceId,
        /// The month.
        period: BillingPeriod,
        /// Both deliveries with their figures, and why.
        what: String,
        /// What to do.
        hint: String,
    },
    /// A source with an old name, from before names were unique, holds several accounts.
    #[error(
        "{source_id} {period}: holds charges of several accounts, which an earlier version kept under one name; nothing was changed\nhint: ingest the files of all of them with --source {source_id}"
    )]
    SharedName {
        /// The feed.
        source_id: SourceId,
        /// The month.
        period: BillingPeriod,
    },
    /// Rows were rejected in a strict import.
    #[error(
        "rows rejected: {0}; nothing was changed (--strict)\nhint: without --strict the rejected rows are listed and the others are kept"
    )]
    Rejected(u64),
    /// A thread stopped early.
    #[error("a worker stopped unexpectedly: {0}\nhint: nothing was changed; run it again")]
    Worker(String),
    /// No incident, or more than one, has an id that starts so.
    #[error(
        "{} `{id}`\nhint: `tollgate incidents` lists them",
        if *several { "several incidents have an id that starts with" } else { "there is no incident" }
    )]
    NoIncident {
        /// The requested id.
        id: String,
        /// Whether several ids start so.
        several: bool,
    },
    /// A question has more groups than a run holds.
    #[error(
        "the charges name more resources or commitments than {SPEND_GROUPS}\nhint: ingest bills without resources for accounts that need no advice"
    )]
    TooManyGroups,
    /// A provider refused or did not answer.
    #[error(transparent)]
    Cloud(#[from] CloudError),
    /// What is named does not exist; the message names what does.
    #[error("{0}")]
    NotFound(String),
    /// The actor may not do it.
    #[error("{0}")]
    Forbidden(String),
    /// The request is not allowed, or impossible.
    #[error("{0}")]
    Refused(String),
    /// A month has no charges.
    #[error("there are no charges of {period}\nhint: `tollgate store info` lists the months that the store has")]
    NoCharges {
        /// The month.
        period: BillingPeriod,
    },
    /// Parts do not sum to what they divide. Nothing was allocated.
    #[error(
        "{period}: the cost is not allocated as a whole: {detail}\nhint: this is a fault of Tollgate, or the store is damaged: run `tollgate store check`"
    )]
    NotAllocated {
        /// The month.
        period: BillingPeriod,
        /// The sums that differ.
        detail: String,
    },
    /// There are no charges yet.
    #[error(
        "the store holds no charges yet\nhint: run `tollgate ingest FILE…` first, or `tollgate demo` for an example"
    )]
    Empty,
}

impl PipelineError {
    /// What is wrong with a query of SQL, where that is the error.
    pub fn as_query_error(&self) -> Option<&str> {
        match self {
            Self::Lake(LakeError::Query(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Source(error) => error.retryable(),
            Self::Metric(error) => error.retryable(),
            Self::Lake(error) => error.retryable(),
            Self::Cloud(error) => error.retryable(),
            Self::Ledger(error) => error.retryable() || matches!(error, LedgerError::Conflict { .. }),
            Self::Contended { .. } | Self::Worker(_) => true,
            Self::Total(_)
            | Self::NotConserved { .. }
            | Self::OtherAccount { .. }
            | Self::Delivery { .. }
            | Self::SharedName { .. }
            | Self::Rejected(_)
            | Self::NoIncident { .. }
            | Self::TooManyGroups
            | Self::NotFound(_)
            | Self::Forbidden(_)
            | Self::Refused(_)
            | Self::NoCharges { .. }
            | Self::NotAllocated { .. }
            | Self::Empty => false,
        }
    }
}
