//! Errors of an input, with their location.

use std::path::PathBuf;

use tollgate_model::limits::INPUT_RECORD;
use tollgate_model::{Limit, MoneyError};

/// Why an input was refused as a whole. None of its charges become current.
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
    /// The file is empty.
    #[error(
        "{0}: the file is empty\nhint: an export that is still being written may have no header yet; try again when it is complete"
    )]
    Empty(PathBuf),
    /// No known format has this header.
    #[error(
        "{path}:1: not a billing export that Tollgate knows\n{nearest}\nhint: known formats are {}",
        crate::format::known_formats()
    )]
    UnknownFormat {
        /// Which file.
        path: PathBuf,
        /// The most similar format and its missing columns.
        nearest: String,
    },
    /// Two columns have the same name.
    #[error(
        "{path}:1: column `{column}` appears twice\nhint: remove or rename one; Tollgate does not guess which one counts"
    )]
    DuplicateColumn {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: String,
    },
    /// The notation of a file has two meanings.
    #[error("{path}: {what}\nhint: write dates as year-month-day and amounts with decimal points. Nothing was changed")]
    Ambiguous {
        /// Which file.
        path: PathBuf,
        /// What has two meanings.
        what: String,
    },
    /// The file is truncated.
    #[error("{path}{}: {what}\nhint: the file seems truncated; download it again. Nothing was changed", line.map(|l| format!(":{l}")).unwrap_or_default())]
    Truncated {
        /// Which file.
        path: PathBuf,
        /// The line where it stops, if the format has lines.
        line: Option<u64>,
        /// What is missing.
        what: String,
    },
    /// One record is larger than the limit.
    #[error(
        "{path}:{line}: a record is longer than {INPUT_RECORD}\nhint: an opening quote without a closing quote may hide the rest of the file; check this line"
    )]
    RecordTooLong {
        /// Which file.
        path: PathBuf,
        /// Where it starts.
        line: u64,
    },
    /// A Parquet file cannot be read.
    #[error("{path}: {message}\nhint: the file is not readable as Parquet; download it again. Nothing was changed")]
    Parquet {
        /// Which file.
        path: PathBuf,
        /// The reader's message.
        message: String,
    },
    /// A compression or archive that is not read.
    #[error("{path}: {what}\nhint: unpack it first. Nothing was changed")]
    Packed {
        /// Which file.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// A folder has no billing file.
    #[error(
        "{0}: the folder has no billing file in it\nhint: files end in .csv, .json or .parquet, or in .gz, .bz2, .zst or .zip"
    )]
    NoFiles(PathBuf),
    /// The path is not a regular file but, for example, a device or a pipe.
    #[error("{0}: is not a regular file\nhint: save the export to a file first")]
    NotAFile(PathBuf),
    /// The file exceeds a limit.
    #[error(
        "{path}: {what}, more than {limit}\nhint: docs/reference/limits.md lists the limits and their reasons. Nothing was changed"
    )]
    Limit {
        /// Which file.
        path: PathBuf,
        /// The size that exceeds the limit.
        what: String,
        /// The limit.
        limit: &'static Limit,
    },
    /// Fewer or more rows were read than the file states.
    #[error(
        "{path}: the file states {stated} rows, but {read} were read\nhint: the file is damaged; download it again. Nothing was changed"
    )]
    RowCount {
        /// Which file.
        path: PathBuf,
        /// The number of rows that the file states.
        stated: u64,
        /// Rows that were read.
        read: u64,
    },
    /// A library panicked on this input instead of returning an error.
    #[error(
        "{input}: reading failed: {message}\nhint: the file is probably damaged; download it again. If it is not, please report its format. Nothing was changed"
    )]
    ReaderPanic {
        /// Which input.
        input: String,
        /// The message of the panic.
        message: String,
    },
    /// A service did not answer after all retries.
    #[error("{service} did not answer: {message}\nhint: nothing was changed; the next run tries again")]
    Unavailable {
        /// Which service.
        service: &'static str,
        /// Its last error message.
        message: String,
    },
    /// A service refused the request, or its answer is invalid.
    #[error(
        "{service} refused the request: {message}\nhint: check the role's permissions and the region; nothing was changed"
    )]
    Refused {
        /// Which service.
        service: &'static str,
        /// Its error message.
        message: String,
    },
    /// The limit of paid requests is reached.
    #[error(
        "the limit of {limit} paid requests is reached\nhint: later runs read the rest; raise the limit to read it in one run"
    )]
    PaidCalls {
        /// The limit.
        limit: u32,
    },
    /// A file that an export's manifest names does not exist.
    #[error(
        "{manifest}: the export names `{part}`, which does not exist\nhint: nothing was changed; the next delivery of the export is read completely"
    )]
    PartMissing {
        /// The manifest.
        manifest: String,
        /// The file.
        part: String,
    },
    /// An export is being delivered while it is read.
    #[error(
        "{manifest}: the export is being delivered: `{part}` is newer than the manifest\nhint: nothing was changed; the manifest is written last and starts a new run"
    )]
    BeingDelivered {
        /// The manifest.
        manifest: String,
        /// The file.
        part: String,
    },
    /// An export is larger than the scratch space.
    #[error(
        "{manifest}: the export has {size} bytes, but the scratch space has room for {room}\nhint: nothing was changed; raise ScratchMegabytes of the function"
    )]
    NoRoom {
        /// The manifest.
        manifest: String,
        /// Its size.
        size: u64,
        /// The room there is.
        room: u64,
    },
    /// The parts of an answer do not add up to its total.
    #[error(
        "an answer does not add up: {what}\nhint: the provider restated it during the read; the next run reads it again. Nothing was changed"
    )]
    Inconsistent {
        /// The difference.
        what: String,
    },
    /// A sum is out of range.
    #[error("a total cannot be kept exactly: {0}")]
    Total(#[from] MoneyError),
}

impl SourceError {
    /// The error for a panic that was caught during reading.
    pub fn from_panic(input: &str, panic: &(dyn std::any::Any + Send)) -> Self {
        let text =
            panic.downcast_ref::<&str>().map(|t| (*t).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
        let message = text.unwrap_or_else(|| "a panic without a message".to_owned());
        // Only the first line: a library may print a whole structure.
        let message = message.lines().next().unwrap_or_default().chars().take(200).collect();
        Self::ReaderPanic { input: input.to_owned(), message }
    }

    /// Whether a retry may succeed.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Inconsistent { .. } | Self::BeingDelivered { .. } => true,
            Self::Io { .. }
            | Self::Empty(_)
            | Self::UnknownFormat { .. }
            | Self::DuplicateColumn { .. }
            | Self::Ambiguous { .. }
            | Self::Packed { .. }
            | Self::NoFiles(_)
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

/// A rejected row.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Rejection {
    /// The line where the row starts, from 1; for Parquet, the number of the row, from 1.
    pub line: u64,
    /// The invalid column, if there is one.
    pub column: Option<String>,
    /// The reason.
    pub reason: String,
}
