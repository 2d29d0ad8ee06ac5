//! Ingest: reads charges, proves that nothing was lost, and makes each billing period current by one swap.
//!
//! Nothing visible changes before the pointer of a billing period is swapped: files are staged and moved, and series are written
//! under the key of the new revision. A run that is killed leaves only files and series that nothing reads; running it again
//! completes the import.

mod arriving;
mod cleanup;
mod current;
mod decide;
mod line_search;
mod overlap;
mod plan;
mod read;
mod restated;
mod source_name;
pub(crate) mod stated;
mod views;
mod writers;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use tollgate_ledger::ReplacedDelivery;
use tollgate_model::{BillingPeriod, Day, PeriodTotals, Restatement, Revision, SourceId, StatedCost, Totals};
use tollgate_sources::{CostSource, ReadOptions, Rejection, SourceError};

use crate::abandoned::abandoned_before;
use crate::{Context, PipelineError, State};
use arriving::{FilePart, NewDelivery};
use cleanup::discard;
use current::{Swapped, Swapping, make_current};
use plan::{Planned, plan, retire_late_rows};
use read::read_all;
use source_name::keep_sources;

pub(crate) use cleanup::remove_superseded;

/// How to ingest.
#[derive(Clone, Debug, Default)]
pub struct IngestOptions {
    /// The feed of all charges. Without it, provider and billing account name the feed.
    pub source: Option<SourceId>,
    /// How inputs are read.
    pub read: ReadOptions,
    /// Refuse everything when a row is rejected.
    pub strict: bool,
    /// Threads that parse and encode.
    pub workers: usize,
    /// The export that the charges come from, where it names itself: its deliveries replace each other.
    pub feed: Option<String>,
    /// Replace deliveries even when charges, accounts or days of them would be lost.
    pub replace: bool,
    /// Read, prove and compare everything, but change nothing.
    pub check: bool,
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
    /// Rows in the lake that the input does not have: the unused parts of commitments, which it states in the rows of their fees.
    pub rows_added: u64,
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
    /// The file's own money columns, and how BilledCost and EffectiveCost differ from them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stated: Vec<StatedCost>,
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
    /// The month of the files, when these rows came late: they lie beside the month's own delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_in: Option<BillingPeriod>,
    /// The deliveries that it replaced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<ReplacedDelivery>,
    /// The files' own money columns, and how both costs differ from them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stated: Vec<StatedCost>,
    /// What it leaves as it was: the purchases of an earlier export beside newer amortized costs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Charges of an input that count already, and were left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The inputs.
    pub inputs: Vec<String>,
    /// The source.
    pub source: SourceId,
    /// The month.
    pub period: BillingPeriod,
    /// The rows that were left out.
    pub rows: u64,
    /// Their BilledCost.
    pub billed: Totals,
    /// The inputs that hold them too.
    pub held_by: String,
}

impl LeftOut {
    fn of(part: &FilePart, held_by: &str) -> Self {
        let aggregate = &part.arrived.aggregate;
        Self {
            inputs: part.arrived.inputs.clone(),
            source: part.source.clone(),
            period: part.period,
            rows: aggregate.rows,
            billed: aggregate.billed.clone(),
            held_by: held_by.to_owned(),
        }
    }

    fn of_delivery(new: &NewDelivery, held_by: &[String]) -> Self {
        let aggregate = &new.arrived.aggregate;
        Self {
            inputs: new.arrived.inputs.clone(),
            source: new.source.clone(),
            period: new.period,
            rows: aggregate.rows,
            billed: aggregate.billed.clone(),
            held_by: held_by.join(", "),
        }
    }
}

/// The result of an ingest.
#[derive(Clone, Debug, Default, Serialize)]
pub struct IngestReport {
    /// The inputs.
    pub files: Vec<FileReport>,
    /// The billing periods.
    pub periods: Vec<PeriodReport>,
    /// Charges that count already.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// Late rows of older months whose delivery was replaced by one that has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<ReplacedDelivery>,
    /// Whether nothing was changed, as asked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub check: bool,
    /// The id of the import.
    pub import: String,
}

impl IngestReport {
    /// Rows rejected in all inputs.
    pub fn rejected(&self) -> u64 {
        self.files.iter().map(|f| f.rows_rejected).sum()
    }

    /// The money columns of all files together. Sums that leave the range are left out; the files have them.
    pub fn stated(&self) -> Vec<StatedCost> {
        let mut all = Vec::new();
        for file in &self.files {
            let mut sums = all.clone();
            if stated::merge(&mut sums, file.stated.clone()).is_ok() {
                all = sums;
            }
        }
        all
    }

    /// Whether every difference between the files' own money columns and both costs has a reason.
    pub fn is_explained(&self) -> bool {
        self.files.iter().flat_map(|f| &f.stated).all(StatedCost::is_explained)
    }
}

/// A billing period of a source.
type BillingKey = (SourceId, BillingPeriod);

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
    let mut report = IngestReport { check: options.check, ..IngestReport::default() };
    let mut parts: Vec<FilePart> = Vec::new();
    let read = read_all(context, inputs, options, &progress, &mut report, &mut parts).await;
    let read = match read {
        Ok(()) if options.strict && report.rejected() > 0 => Err(PipelineError::Rejected(report.rejected())),
        Ok(()) if options.source.is_none() => keep_sources(context, &mut parts, &report).await,
        other => other,
    };
    if let Err(error) = read {
        discard(context, parts.iter().map(|part| part.arrived.parts.as_slice())).await;
        return Err(error);
    }
    report.import = import_id(context, &report);
    // Everything is decided before anything becomes current.
    let Planned { deliveries, replaced_elsewhere } = plan(context, parts, options, &mut report).await?;
    if options.check {
        return Ok(report);
    }
    let import = report.import.clone();
    let how = Swapping { context, import: &import, replace: options.replace };
    let months: Vec<_> = deliveries.iter().map(|new| (new.source.clone(), new.period, new.home)).collect();
    for new in deliveries {
        let left_out = LeftOut::of_delivery(&new, &[]);
        match make_current(how, new).await? {
            Swapped::Current(period) => report.periods.push(*period),
            Swapped::Contained(inputs) => {
                report.left_out.push(LeftOut { held_by: inputs.join(", "), ..left_out });
            }
        }
    }
    plan::remove_elsewhere(context, replaced_elsewhere).await?;
    retire_late_rows(context, &months, &mut report).await?;
    Ok(report)
}

/// A short id for an import: the same for the same inputs at the same time.
fn import_id(context: &Context, report: &IngestReport) -> String {
    let inputs: Vec<&str> = report.files.iter().map(|file| file.input.as_str()).collect();
    let text = format!("{} {} {}", context.state.run, context.state.now(), inputs.join("\n"));
    tollgate_model::hash::short_id("imp", &text)
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

/// Opens files as inputs: those that are named, and the billing files of folders.
///
/// # Errors
///
/// At the first file that cannot be read or recognised.
pub fn open_files(paths: &[PathBuf], options: &ReadOptions) -> Result<Vec<Input>, SourceError> {
    let mut inputs = Vec::new();
    for path in paths {
        for file in tollgate_sources::billing_files(path)? {
            inputs.push(Input::file(&file, options)?);
        }
    }
    Ok(inputs)
}
