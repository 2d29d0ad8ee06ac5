//! Ingest: reads charges, proves that nothing was lost, and makes each billing period current by one swap.
//!
//! Nothing visible changes before the pointer of a billing period is swapped: files are staged and moved, and series are written
//! under the key of the new revision. A run that is killed leaves only files and series that nothing reads; running it again
//! completes the import.

mod cleanup;
mod current;
mod read;
mod restated;
mod source_name;
mod writers;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use tollgate_lake::StagedPart;
use tollgate_model::{BillingPeriod, Day, PeriodTotals, Restatement, Revision, SourceId, Totals};
use tollgate_sources::{CostSource, ReadOptions, Rejection, SourceError};

use crate::abandoned::abandoned_before;
use crate::aggregate::Aggregate;
use crate::{Context, PipelineError, State};
use cleanup::discard;
use current::make_current;
use read::read_all;
use source_name::kept_sources;

pub(crate) use cleanup::remove_superseded;

/// How to ingest.
#[derive(Clone, Debug)]
pub struct IngestOptions {
    /// The feed of all charges. Without it, provider and billing account name the feed.
    pub source: Option<SourceId>,
    /// How inputs are read.
    pub read: ReadOptions,
    /// Refuse everything when a row is rejected.
    pub strict: bool,
    /// Threads that parse and encode.
    pub workers: usize,
}

/// One input: a source and its name.
pub struct Input {
    /// Its name in messages, and the name of the feed when the charges name none.
    pub name: String,
    /// The charges.
    pub source: Box<dyn CostSource>,
}

impl Input {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or recognised.
    pub fn file(path: &std::path::Path, options: &ReadOptions) -> Result<Self, SourceError> {
        Ok(Self { name: path.display().to_string(), source: tollgate_sources::open_file(path, options)? })
    }
}

/// A callback for the progress of reading: the name of the input, bytes read, bytes in all.
pub type Progress = Arc<dyn Fn(&str, u64, Option<u64>) + Send + Sync>;

/// The content of one input.
#[derive(Clone, Debug, Serialize)]
pub struct FileReport {
    /// The input.
    pub input: String,
    /// Its format: `FOCUS 1.2, CSV`.
    pub format: String,
    /// Rows in it.
    pub rows_read: u64,
    /// Rows kept.
    pub rows_kept: u64,
    /// Rows rejected.
    pub rows_rejected: u64,
    /// BilledCost of all rows read.
    pub billed_read: Totals,
    /// EffectiveCost of all rows read.
    pub effective_read: Totals,
    /// BilledCost of rejected rows, as far as it could be read.
    pub billed_rejected: Totals,
    /// EffectiveCost of rejected rows, as far as it could be read.
    pub effective_rejected: Totals,
    /// Rejected rows with an unreadable cost: they are in none of the sums.
    pub unknown_costs: u64,
    /// The first rejected rows; `rows_rejected` counts all.
    pub rejections: Vec<Rejection>,
    /// Unusual notations that were understood, with their counts.
    pub notes: Vec<String>,
}

/// The outcome of an import for one billing period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    /// The first revision of this period.
    New,
    /// The same content as before: nothing changed.
    Unchanged,
    /// A different content replaced the previous one.
    Replaced,
}

/// One billing period of one source.
#[derive(Clone, Debug, Serialize)]
pub struct PeriodReport {
    /// The outcome.
    pub outcome: ImportOutcome,
    /// Its current revision.
    pub revision: Revision,
    /// The proof: sums read and sums in the lake.
    pub totals: PeriodTotals,
    /// The number of series.
    pub series: u64,
    /// The last day that has charges.
    pub last_day: Day,
    /// What it changed in days that were settled before.
    pub restatement: Restatement,
    /// Sums of its corrections of earlier periods, by the corrected period.
    pub corrections: BTreeMap<BillingPeriod, Totals>,
}

/// The result of an ingest.
#[derive(Clone, Debug, Default, Serialize)]
pub struct IngestReport {
    /// The inputs.
    pub files: Vec<FileReport>,
    /// The billing periods.
    pub periods: Vec<PeriodReport>,
}

impl IngestReport {
    /// Rows rejected in all inputs.
    pub fn rejected(&self) -> u64 {
        self.files.iter().map(|f| f.rows_rejected).sum()
    }
}

/// A billing period of a source.
type BillingKey = (SourceId, BillingPeriod);

/// A billing period of this import, before it becomes current.
#[derive(Default)]
struct Arriving {
    parts: Vec<StagedPart>,
    aggregate: Aggregate,
    inputs: Vec<String>,
}

/// The name of an input without its folders.
fn file_name(input: &str) -> String {
    std::path::Path::new(input).file_name().map_or_else(|| input.to_owned(), |n| n.to_string_lossy().into_owned())
}

/// Ingests inputs. The charges of one billing period of one source become one revision, from any number of inputs.
///
/// # Errors
///
/// When an input is refused or a store fails. Billing periods are swapped one by one after all inputs were read and proved; a
/// period that was not reached stays as it was.
pub async fn ingest(
    context: &Context,
    inputs: Vec<Input>,
    options: &IngestOptions,
    progress: Progress,
) -> Result<IngestReport, PipelineError> {
    context.lake.sweep(abandoned_before(&context.state)).await?;
    let mut report = IngestReport::default();
    let mut arriving: BTreeMap<BillingKey, Arriving> = BTreeMap::new();
    let result = read_all(context, inputs, options, &progress, &mut report, &mut arriving).await;
    let read = match result {
        Ok(()) if options.strict && report.rejected() > 0 => Err(PipelineError::Rejected(report.rejected())),
        other => other,
    };
    let sources = match read {
        Ok(()) if options.source.is_some() => Ok(arriving.keys().map(|(source, _)| source.clone()).collect()),
        Ok(()) => kept_sources(context, &arriving, &report).await,
        Err(error) => Err(error),
    };
    let sources: Vec<SourceId> = match sources {
        Ok(sources) => sources,
        Err(error) => {
            discard(context, arriving.into_values()).await;
            return Err(error);
        }
    };
    for (source, ((_, period), arrived)) in sources.into_iter().zip(arriving) {
        report.periods.push(make_current(context, source, period, arrived).await?);
    }
    Ok(report)
}

/// Writes one message about every revision that became current since the last call, which starts detection and budgets. Returns
/// their number. A second call writes nothing.
///
/// # Errors
///
/// When the ledger fails; the next call writes the message.
pub async fn announce_revisions(state: &State) -> Result<usize, PipelineError> {
    Ok(state.ledger.announce_revisions(state.now(), &state.run).await?)
}

/// Opens files as inputs.
///
/// # Errors
///
/// At the first file that cannot be read or recognised.
pub fn open_files(paths: &[PathBuf], options: &ReadOptions) -> Result<Vec<Input>, SourceError> {
    paths.iter().map(|path| Input::file(path, options)).collect()
}
