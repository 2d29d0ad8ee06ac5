//! What can go wrong with state.

use std::path::PathBuf;

/// Why the ledger could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A condition did not hold: somebody else wrote first.
    #[error("`{pk}` / `{sk}` was changed by somebody else in the meantime")]
    Conflict {
        /// The partition.
        pk: String,
        /// The item.
        sk: String,
    },
    /// A transaction or an item is larger than every store takes.
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
    /// The file is no store.
    #[error("{path}: not a Tollgate store: {what}\nhint: name another folder with --store")]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        what: String,
    },
    /// The disk has no room, or does not let the store be written or read.
    #[error("{what}\nhint: make room on the disk of the store, or give the right to write there; nothing was changed")]
    Disk {
        /// What the disk said.
        what: String,
    },
    /// An item does not say what it should.
    #[error("`{pk}` / `{sk}` cannot be understood: {what}")]
    Corrupt {
        /// The partition.
        pk: String,
        /// The item.
        sk: String,
        /// What is wrong.
        what: String,
    },
    /// The store did not answer, and may the next time.
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
