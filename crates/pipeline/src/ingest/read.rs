//! Reading: inputs become staged files and sums, on several threads.

use std::collections::BTreeMap;
use std::sync::Arc;

use tollgate_lake::{EncodedGroup, PartSchema};
use tollgate_model::limits::{IMPORT_PERIODS, NAMED_REJECTIONS};
use tollgate_model::{ChargeBatch, MoneyError, SourceId};
use tollgate_sources::{Chunk, CostTotals, Note, Parsed, Rejection, SourceError};

use super::writers::Writers;
use super::{Arriving, BillingKey, FileReport, IngestOptions, IngestReport, Input, Progress, file_name};
use crate::aggregate::{Aggregate, split};
use crate::{Context, PipelineError, parallel};

/// What one job found in one billing period.
struct Found {
    /// Rows that are not encoded yet.
    batches: Vec<ChargeBatch>,
    group: Option<EncodedGroup>,
    schema: PartSchema,
    aggregate: Aggregate,
}

/// What one job found.
#[derive(Default)]
struct Job {
    places: BTreeMap<BillingKey, Found>,
    counts: Counts,
}

/// Rows, sums and rejections of one job or of a whole input.
#[derive(Default)]
struct Counts {
    rows_read: u64,
    rows_rejected: u64,
    read: CostTotals,
    rejected: CostTotals,
    unknown_costs: u64,
    rejections: Vec<Rejection>,
    notes: BTreeMap<Note, u64>,
}

impl Counts {
    /// Adds other counts, with rejected rows up to the limit of those that are named.
    fn merge(&mut self, other: Self) -> Result<(), MoneyError> {
        self.rows_read += other.rows_read;
        self.rows_rejected += other.rows_rejected;
        self.read.merge(&other.read)?;
        self.rejected.merge(&other.rejected)?;
        self.unknown_costs += other.unknown_costs;
        let room = NAMED_REJECTIONS.size().saturating_sub(self.rejections.len());
        self.rejections.extend(other.rejections.into_iter().take(room));
        self.add_notes(other.notes);
        Ok(())
    }

    fn add_notes(&mut self, notes: impl IntoIterator<Item = (Note, u64)>) {
        for (note, count) in notes {
            *self.notes.entry(note).or_default() += count;
        }
    }
}

/// Reads every input and stages its files.
pub(super) async fn read_all(
    context: &Context,
    inputs: Vec<Input>,
    options: &IngestOptions,
    progress: &Progress,
    report: &mut IngestReport,
    arriving: &mut BTreeMap<BillingKey, Arriving>,
) -> Result<(), PipelineError> {
    let run = format!("{}-{}", context.state.clock.now().as_millisecond(), std::process::id());
    for (number, input) in inputs.into_iter().enumerate() {
        let name = input.name.clone();
        let mut writers = Writers::new(&name);
        let file =
            read_one(context, input, options, progress, &format!("{run}-{number}"), &mut writers, arriving).await;
        match file {
            Ok(file) => {
                writers.finish(arriving).await?;
                report.files.push(file);
            }
            Err(error) => {
                writers.abort().await;
                return Err(error);
            }
        }
    }
    Ok(())
}

async fn read_one(
    context: &Context,
    input: Input,
    options: &IngestOptions,
    progress: &Progress,
    run: &str,
    writers: &mut Writers,
    arriving: &mut BTreeMap<BillingKey, Arriving>,
) -> Result<FileReport, PipelineError> {
    let Input { name, source } = input;
    let format = source.describe();
    let policy = Arc::clone(&context.state.policy);
    let stem = file_name(&name);
    let fixed = options.source.clone();
    let namer = move |provider: Option<&str>, account: Option<&str>| match (&fixed, provider, account) {
        (Some(source), ..) => source.clone(),
        // Charges that name neither would meet those of every other such file.
        (None, None, None) => SourceId::of_file(&stem),
        (None, provider, account) => SourceId::of_account(provider, account),
    };
    let (progress, reading) = (Arc::clone(progress), name.clone());
    let stated = source.stated_rows();
    let worker_input = name.clone();
    let mut jobs = parallel::read(
        name.clone(),
        source,
        options.workers,
        move |read, size| progress(&reading, read, size),
        move |chunks| parse_chunks(&worker_input, chunks, &policy, &namer),
    )?;

    let mut all = Counts::default();
    while let Some(job) = jobs.next().await? {
        for (place, found) in job.places {
            let arrived = arriving.entry(place.clone()).or_default();
            arrived.aggregate.merge(found.aggregate)?;
            let Some(group) = found.group else { continue };
            within_limits(arriving.len(), &name)?;
            writers.append(context, run, place, &found.schema, group, arriving).await?;
        }
        all.merge(job.counts)?;
    }
    parallel::all_rows(&name, stated, all.rows_read)?;
    let rejected = all.rows_rejected;
    Ok(FileReport {
        input: name,
        format,
        rows_read: all.rows_read,
        rows_kept: all.rows_read - rejected,
        rows_rejected: rejected,
        billed_read: all.read.billed,
        effective_read: all.read.effective,
        billed_rejected: all.rejected.billed,
        effective_rejected: all.rejected.effective,
        unknown_costs: all.unknown_costs,
        rejections: all.rejections,
        notes: all.notes.into_iter().map(|(note, count)| format!("{count} {}", note.message())).collect(),
    })
}

/// Parses, encodes and adds up some chunks: the part of the work that runs on many threads.
fn parse_chunks(
    input: &str,
    chunks: Vec<Box<dyn Chunk>>,
    policy: &tollgate_policy::Policy,
    namer: &dyn Fn(Option<&str>, Option<&str>) -> SourceId,
) -> Result<Job, PipelineError> {
    let mut job = Job::default();
    for chunk in chunks {
        let parsed = chunk.parse()?;
        let Parsed { charges, rows_read, rows_rejected, read, rejected, unknown_costs, rejections, notes } = parsed;
        job.counts.merge(Counts {
            rows_read,
            rows_rejected,
            read,
            rejected,
            unknown_costs,
            rejections,
            ..Counts::default()
        })?;
        job.counts.add_notes(notes);
        if charges.rows() == 0 {
            continue;
        }
        let Some(batches) = split(charges, namer, IMPORT_PERIODS.size()) else {
            return Err(too_many_periods(input).into());
        };
        for (place, batch) in batches {
            let found = job.places.entry(place).or_insert_with(|| Found {
                batches: Vec::new(),
                group: None,
                schema: PartSchema::of(&batch),
                aggregate: Aggregate::default(),
            });
            found.aggregate.add(&batch, &policy.dimensions)?;
            found.batches.push(batch);
        }
        within_limits(job.places.len(), input)?;
    }
    // One encoder at a time: each holds buffers and compressors for every column.
    for found in job.places.values_mut() {
        let mut encoder = found.schema.encoder()?;
        for batch in std::mem::take(&mut found.batches) {
            encoder.write(&batch)?;
        }
        found.group = encoder.finish()?;
    }
    Ok(job)
}

/// Refuses an import of more billing periods than the limit.
fn within_limits(places: usize, input: &str) -> Result<(), SourceError> {
    if places <= IMPORT_PERIODS.size() { Ok(()) } else { Err(too_many_periods(input)) }
}

fn too_many_periods(input: &str) -> SourceError {
    let what = "the import has charges of more billing periods of sources".to_owned();
    SourceError::Limit { path: input.into(), what, limit: &IMPORT_PERIODS }
}
