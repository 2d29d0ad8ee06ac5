//! What can be wrong with an input, told with its place.

use std::path::PathBuf;

use tollgate_model::limits::INPUT_RECORD;
use tollgate_model::{Limit, MoneyError};

/// Why an input was refused as a whole. Nothing of it becomes current.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file could not be read.
    #[error("{path}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// The file holds nothing.
    #[error(
        "{0}: the file is empty\nhint: an export that is still being written has no header yet; try again when it is complete"
    )]
    Empty(PathBuf),
    /// No format has such a header.
    #[error("{path}:1: not a billing export that Tollgate knows\n{nearest}\nhint: known formats are {}", crate::KNOWN_FORMATS.join(", "))]
    UnknownFormat {
        /// Which file.
        path: PathBuf,
        /// What the most similar format lacks.
        nearest: String,
    },
    /// Two columns have one name.
    #[error(
        "{path}:1: column `{column}` appears twice\nhint: remove or rename one; Tollgate will not guess which of them counts"
    )]
    DuplicateColumn {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: String,
    },
    /// The file stops in the middle.
    #[error("{path}{}: {what}\nhint: the file looks cut off; fetch it again. Nothing was changed", line.map(|l| format!(":{l}")).unwrap_or_default())]
    Truncated {
        /// Which file.
        path: PathBuf,
        /// The line where it stops, where it has lines.
        line: Option<u64>,
        /// What is missing.
        what: String,
    },
    /// One record is larger than the limit.
    #[error(
        "{path}:{line}: a record is longer than {INPUT_RECORD}\nhint: an opening quote without its end swallows the rest of the file; look at this line"
    )]
    RecordTooLong {
        /// Which file.
        path: PathBuf,
        /// Where it starts.
        line: u64,
    },
    /// A Parquet file cannot be understood.
    #[error("{path}: {message}\nhint: the file is not readable as Parquet; fetch it again. Nothing was changed")]
    Parquet {
        /// Which file.
        path: PathBuf,
        /// What the reader said.
        message: String,
    },
    /// The file is no regular file, such as a device or a pipe.
    #[error("{0}: is not a regular file\nhint: save the export to a file first")]
    NotAFile(PathBuf),
    /// The file goes beyond a limit.
    #[error(
        "{path}: {what}, more than {limit}\nhint: docs/reference/limits.md has the limits and their reasons. Nothing was changed"
    )]
    Limit {
        /// Which file.
        path: PathBuf,
        /// What it has.
        what: String,
        /// The limit.
        limit: &'static Limit,
    },
    /// Fewer or more rows were read than the file states.
    #[error(
        "{path}: the file states {stated} rows, and {read} were read\nhint: the file is damaged; fetch it again. Nothing was changed"
    )]
    RowCount {
        /// Which file.
        path: PathBuf,
        /// Rows by the file's own count.
        stated: u64,
        /// Rows that were read.
        read: u64,
    },
    /// A library stopped on this input where it should have returned an error.
    #[error(
        "{input}: reading failed: {message}\nhint: the file is probably damaged; fetch it again. If it is not, please report its format. Nothing was changed"
    )]
    ReaderPanic {
        /// Which input.
        input: String,
        /// The message of the panic.
        message: String,
    },
    /// A service did not answer, however often it was asked.
    #[error("{service} did not answer: {message}\nhint: nothing was changed; the next run asks again")]
    Unavailable {
        /// Which service.
        service: &'static str,
        /// What it said last.
        message: String,
    },
    /// A service refused, or answered what cannot be understood.
    #[error("{service} refused: {message}\nhint: check the role's permissions and the region; nothing was changed")]
    Refused {
        /// Which service.
        service: &'static str,
        /// What it said.
        message: String,
    },
    /// The limit of paid requests is reached.
    #[error(
        "the limit of {limit} paid requests is reached\nhint: what was not read is read by later runs; raise the limit to read it at once"
    )]
    PaidCalls {
        /// The limit.
        limit: u32,
    },
    /// A file that an export's manifest names is not there.
    #[error(
        "{manifest}: the export names `{part}`, which is not there\nhint: nothing was changed; the next delivery of the export is read whole"
    )]
    PartMissing {
        /// The manifest.
        manifest: String,
        /// The file.
        part: String,
    },
    /// An export is being delivered while it is read.
    #[error(
        "{manifest}: the export is being delivered: `{part}` is newer than the manifest\nhint: nothing was changed; its manifest comes last and starts a new run"
    )]
    BeingDelivered {
        /// The manifest.
        manifest: String,
        /// The file.
        part: String,
    },
    /// An export is larger than the place that it is read from.
    #[error(
        "{manifest}: the export has {size} bytes, and there is room for {room}\nhint: nothing was changed; raise ScratchMegabytes of the function"
    )]
    NoRoom {
        /// The manifest.
        manifest: String,
        /// Its size.
        size: u64,
        /// The room there is.
        room: u64,
    },
    /// Parts do not add up to their whole.
    #[error(
        "an answer does not add up: {what}\nhint: it was restated while it was read; the next run reads it again. Nothing was changed"
    )]
    Inconsistent {
        /// What, and by how much.
        what: String,
    },
    /// A sum leaves the range.
    #[error("a total cannot be kept exactly: {0}")]
    Total(#[from] MoneyError),
}

impl SourceError {
    /// The error for a panic that was caught while an input was read.
    pub fn from_panic(input: &str, panic: &(dyn std::any::Any + Send)) -> Self {
        let text =
            panic.downcast_ref::<&str>().map(|t| (*t).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
        let message = text.unwrap_or_else(|| "a panic without a message".to_owned());
        // One line is enough for people; a library may put a whole structure into it.
        let message = message.lines().next().unwrap_or_default().chars().take(200).collect();
        Self::ReaderPanic { input: input.to_owned(), message }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Inconsistent { .. } | Self::BeingDelivered { .. } => true,
            Self::Io { .. }
            | Self::Empty(_)
            | Self::UnknownFormat { .. }
            | Self::DuplicateColumn { .. }
            | Self::Truncated { .. }
            | Self::RecordTooLong { .. }
            | Self::Parquet { .. }
            | Self::NotAFile(_)
            | Self::Limit { .. }
            | Self::RowCount { .. }
            | Self::ReaderPanic { .. }
            | Self::Refused { .. }
            | Self::PaidCalls { .. }
            | Self::PartMissing { .. }
            | Self::NoRoom { .. }
            | Self::Total(_) => false,
        }
    }
}

/// A row that was not kept.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Rejection {
    /// The line where the row starts, from 1; for Parquet, the number of the row, from 1.
    pub line: u64,
    /// The column at fault, where there is one.
    pub column: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}
