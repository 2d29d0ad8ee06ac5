//! Errors of the ledger.

use std::path::PathBuf;

/// An error of the ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A condition did not hold: another writer was faster.
    #[error("`{pk}` / `{sk}` was changed by another writer in the meantime")]
    Conflict {
        /// The partition.
        pk: String,
        /// The item.
        sk: String,
    },
    /// A transaction or an item exceeds the limits of the stores.
    #[error("{0}")]
    TooLarge(String),
    /// The store was written by a newer Tollgate.
    #[error(
        "{path}: the store has schema version {found}, this Tollgate knows {known}\nhint: a newer Tollgate wrote it; upgrade this one, or name another folder with --store"
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: i64,
        /// The newest version known.
        known: i64,
    },
    /// The file is not a store.
    #[error("{path}: not a Tollgate store: {what}\nhint: name another folder with --store")]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The disk is full, or the store is not readable or writable.
    #[error(
        "{what}\nhint: free space on the disk of the store, or grant the right to write there; nothing was changed"
    )]
    Disk {
        /// The error of the disk.
        what: String,
    },
    /// An item cannot be read.
    #[error("`{pk}` / `{sk}` cannot be read: {what}")]
    Corrupt {
        /// The partition.
        pk: String,
        /// The item.
        sk: String,
        /// What is wrong.
        what: String,
    },
    /// The store did not answer. A retry may succeed.
    #[error("the store is busy or did not answer: {0}")]
    Unavailable(String),
    /// The store failed.
    #[error("the store failed: {0}")]
    Failed(String),
}

impl LedgerError {
    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Conflict { .. }
            | Self::TooLarge(_)
            | Self::NewerSchema { .. }
            | Self::NotAStore { .. }
            | Self::Disk { .. }
            | Self::Corrupt { .. }
            | Self::Failed(_) => false,
        }
    }
}
