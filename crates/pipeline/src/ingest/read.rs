//! Reading: inputs become staged files and sums, on several threads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tollgate_lake::{EncodedGroup, PartSchema};
use tollgate_model::limits::{IMPORT_PERIODS, NAMED_REJECTIONS};
use tollgate_model::provider::{canonical_billing_account, canonical_provider};
use tollgate_model::{ChargeBatch, MoneyError, SourceId, StatedCost};
use tollgate_sources::{Chunk, CostTotals, Note, Parsed, Rejection, SourceError};

use super::arriving::{Arriving, FilePart, parts_of};
use super::writers::Writers;
use super::{BillingKey, FileReport, IngestOptions, IngestReport, Input, Progress, file_name, stated};
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
    /// The input's own money columns of kept rows.
    stated: BTreeMap<BillingKey, Vec<StatedCost>>,
}

/// Rows, sums and rejections of one job or of a whole input.
#[derive(Default)]
struct Counts {
    rows_read: u64,
    rows_rejected: u64,
    rows_added: u64,
    read: CostTotals,
    rejected: CostTotals,
    unknown_costs: u64,
    rejections: Vec<Rejection>,
    notes: BTreeMap<Note, u64>,
    stated: Vec<StatedCost>,
}

impl Counts {
    /// Adds other counts, with rejected rows up to the limit of those that are named.
    fn merge(&mut self, other: Self) -> Result<(), MoneyError> {
        self.rows_read += other.rows_read;
        self.rows_rejected += other.rows_rejected;
        self.rows_added += other.rows_added;
        self.read.merge(&other.read)?;
        self.rejected.merge(&other.rejected)?;
        self.unknown_costs += other.unknown_costs;
        let room = NAMED_REJECTIONS.size().saturating_sub(self.rejections.len());
        self.rejections.extend(other.rejections.into_iter().take(room));
        self.add_notes(other.notes);
        stated::merge(&mut self.stated, other.stated)
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
    parts: &mut Vec<FilePart>,
) -> Result<(), PipelineError> {
    let run = format!("{}-{}", context.state.clock.now().as_millisecond(), std::process::id());
    for (number, input) in inputs.into_iter().enumerate() {
        let name = input.name.clone();
        let mut writers = Writers::new(&name);
        let mut places: BTreeSet<BillingKey> = parts.iter().map(|p| (p.source.clone(), p.period)).collect();
        let mut found = BTreeMap::new();
        let reading = Reading { options, progress, run: &format!("{run}-{number}"), places: &mut places };
        let file = match read_one(context, input, reading, &mut writers, &mut found).await {
            Ok(file) => writers.finish(&mut found).await.map(|()| file),
            Err(error) => {
                writers.abort().await;
                Err(error)
            }
        };
        parts.extend(parts_of(found));
        report.files.push(file?);
    }
    Ok(())
}

/// How an input is read.
struct Reading<'a> {
    options: &'a IngestOptions,
    progress: &'a Progress,
    /// The name of its files in the lake.
    run: &'a str,
    /// The billing periods of the import so far.
    places: &'a mut BTreeSet<BillingKey>,
}

async fn read_one(
    context: &Context,
    input: Input,
    reading: Reading<'_>,
    writers: &mut Writers,
    arriving: &mut BTreeMap<BillingKey, Arriving>,
) -> Result<FileReport, PipelineError> {
    let Reading { options, progress, run, places } = reading;
    let Input { name, source } = input;
    let format = source.describe();
    let policy = Arc::clone(&context.state.policy);
    let stem = file_name(&name);
    let fixed = options.source.clone();
    let namer = move |provider: Option<&str>, account: Option<&str>| match (&fixed, provider, account) {
        (Some(source), ..) => source.clone(),
        // Charges that name neither would meet those of every other such file.
        (None, None, None) => SourceId::of_file(&stem),
        (None, provider, account) => {
            let account = account.map(canonical_billing_account);
            SourceId::of_account(provider.map(canonical_provider), account.as_deref())
        }
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
            places.insert(place.clone());
            within_limits(places.len(), &name)?;
            writers.append(context, run, place, &found.schema, group, arriving).await?;
        }
        for (place, costs) in job.stated {
            stated::merge(&mut arriving.entry(place).or_default().stated, costs)?;
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
        rows_added: all.rows_added,
        billed_read: all.read.billed,
        effective_read: all.read.effective,
        billed_rejected: all.rejected.billed,
        effective_rejected: all.rejected.effective,
        unknown_costs: all.unknown_costs,
        rejections: all.rejections,
        notes: all.notes.into_iter().map(|(note, count)| format!("{count} {}", note.message())).collect(),
        stated: all.stated,
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
        let Parsed {
            charges,
            rows_read,
            rows_rejected,
            rows_added,
            read,
            rejected,
            unknown_costs,
            rejections,
            notes,
            stated,
        } = parsed;
        for part in stated {
            stated::merge(&mut job.counts.stated, part.costs.clone())?;
            if let Some(period) = part.period {
                let source = namer(part.provider.as_deref(), part.billing_account.as_deref());
                stated::merge(job.stated.entry((source, period)).or_default(), part.costs)?;
            }
        }
        job.counts.merge(Counts {
            rows_read,
            rows_rejected,
            rows_added,
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
            let period = place.1;
            let found = job.places.entry(place).or_insert_with(|| Found {
                batches: Vec::new(),
                group: None,
                schema: PartSchema::of(&batch),
                aggregate: Aggregate::default(),
            });
            found.aggregate.add(&batch, &policy.dimensions)?;
            found.aggregate.coverage.add(&batch, period);
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
