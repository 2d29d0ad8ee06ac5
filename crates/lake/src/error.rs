//! What can go wrong in the lake.

use std::path::PathBuf;

/// An error of the lake.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The folder cannot be created.
    #[error("{path}: the lake's folder cannot be created: {error}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// The store refused.
    #[error("the lake's store refused the request: {0}")]
    Store(#[from] object_store::Error),
    /// A file could not be written or read as Parquet.
    #[error("the lake's files: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// A file of the lake is damaged.
    #[error(
        "{path}: the file is damaged: {message}\nhint: ingest the export again; `tollgate store check` lists every damaged file"
    )]
    Damaged {
        /// Which file, below the lake's folder.
        path: String,
        /// What is wrong with it.
        message: String,
    },
    /// Columns do not fit together.
    #[error("the lake's columns: {0}")]
    Arrow(#[from] arrow_schema::ArrowError),
    /// A query is invalid or failed.
    #[error("{0}")]
    Query(String),
    /// A service refused the request or did not answer.
    #[error("{service}: {message}")]
    Service {
        /// Which.
        service: &'static str,
        /// Its error message.
        message: String,
        /// Whether a retry may succeed.
        retryable: bool,
    },
    /// An export could not be written.
    #[error("the export could not be written: {0}")]
    Output(#[source] std::io::Error),
    /// A sum leaves the range.
    #[error("a total cannot be kept exactly: {0}")]
    Total(#[from] tollgate_model::MoneyError),
}

impl LakeError {
    /// Whether a retry may succeed.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Store(object_store::Error::Generic { .. } | object_store::Error::JoinError { .. }) => true,
            Self::Service { retryable, .. } => *retryable,
            Self::Store(_)
            | Self::Folder { .. }
            | Self::Parquet(_)
            | Self::Damaged { .. }
            | Self::Arrow(_)
            | Self::Query(_)
            | Self::Output(_)
            | Self::Total(_) => false,
        }
    }
}
