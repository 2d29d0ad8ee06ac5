//! Ingest: read, prove, keep, and make current by one swap.
//!
//! Nothing that can be seen changes before the swap of a billing period's pointer: files are staged and moved, series
//! are written under the new revision's key. A run that is killed leaves only what nobody looks at, and running it again
//! does the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use tollgate_lake::{EncodedGroup, PartSchema, StagedPart};
use tollgate_ledger::{CurrentPeriod, LedgerError};
use tollgate_model::limits::{IMPORT_PERIODS, NAMED_REJECTIONS};
use tollgate_model::series::{DayCost, SeriesMonth};
use tollgate_model::{
    BillingPeriod, ChargeBatch, ChargeKind, Content, Day, Money, PeriodTotals, Restatement, Revision, SeriesKey,
    SourceId, Totals,
};
use tollgate_sources::{Chunk, CostSource, CostTotals, Note, ReadOptions, Rejection, SourceError};

use crate::aggregate::{Aggregate, sorted_by, split};
use crate::writers::Writers;
use crate::{Context, PipelineError, State, parallel};

/// How to ingest.
#[derive(Clone, Debug)]
pub struct IngestOptions {
    /// The feed that all charges belong to; without it, provider and billing account name it.
    pub source: Option<SourceId>,
    /// How inputs are read.
    pub read: ReadOptions,
    /// Refuse everything when a row is rejected.
    pub strict: bool,
    /// Threads that parse and encode.
    pub workers: usize,
}

/// One input: a source, and what to call it.
pub struct Input {
    /// For messages, and to name the feed where the charges name none.
    pub name: String,
    /// The charges.
    pub source: Box<dyn CostSource>,
}

impl Input {
    /// A file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or recognised.
    pub fn file(path: &std::path::Path, options: &ReadOptions) -> Result<Self, SourceError> {
        Ok(Self { name: path.display().to_string(), source: tollgate_sources::open_file(path, options)? })
    }
}

/// Told how far reading is: the input's name, bytes read, bytes in all.
pub type Progress = Arc<dyn Fn(&str, u64, Option<u64>) + Send + Sync>;

/// What one input held.
#[derive(Clone, Debug, Serialize)]
pub struct FileReport {
    /// The input.
    pub input: String,
    /// What it is: `FOCUS 1.2, CSV`.
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
    /// BilledCost of the rows rejected, where it could be read.
    pub billed_rejected: Totals,
    /// EffectiveCost of the rows rejected, where it could be read.
    pub effective_rejected: Totals,
    /// Rejected rows of which a cost could not be read: they are in none of the sums.
    pub unknown_costs: u64,
    /// The first rejected rows; `rows_rejected` counts all.
    pub rejections: Vec<Rejection>,
    /// What was understood though written oddly.
    pub notes: Vec<String>,
}

/// What became of one billing period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The first revision of this period.
    New,
    /// The same content as before: nothing was done.
    Unchanged,
    /// Another content took the place of the one before.
    Replaced,
}

/// One billing period of one source.
#[derive(Clone, Debug, Serialize)]
pub struct PeriodReport {
    /// What became of it.
    pub outcome: Outcome,
    /// Its current revision.
    pub revision: Revision,
    /// The proof: sums read and sums in the lake.
    pub totals: PeriodTotals,
    /// How many series it has.
    pub series: u64,
    /// The last day that has charges.
    pub last_day: Day,
    /// What it changed in days told before.
    pub restatement: Restatement,
    /// Sums of corrections of earlier periods that it holds, by the period that they correct.
    pub corrections: BTreeMap<BillingPeriod, Totals>,
}

/// What a run of ingest did.
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

/// Seconds after which a file that does not count belongs to a run that was killed: far longer than any run.
pub(crate) const ABANDONED: i64 = 2 * 86_400;

pub(crate) type Place = (SourceId, BillingPeriod);

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
    places: BTreeMap<Place, Found>,
    rows_read: u64,
    rows_rejected: u64,
    read: CostTotals,
    rejected: CostTotals,
    unknown_costs: u64,
    rejections: Vec<Rejection>,
    notes: BTreeMap<Note, u64>,
}

/// A billing period on its way in.
#[derive(Default)]
pub(crate) struct Arriving {
    pub(crate) parts: Vec<StagedPart>,
    aggregate: Aggregate,
    pub(crate) inputs: Vec<String>,
}

/// Ingests inputs. Charges of one billing period of one source, from however many inputs, become one revision.
///
/// # Errors
///
/// When an input is refused or a store fails. Billing periods are swapped one by one after all inputs were read and
/// proved; those that were not reached stay as they were.
pub async fn ingest(
    context: &Context,
    inputs: Vec<Input>,
    options: &IngestOptions,
    progress: Progress,
) -> Result<IngestReport, PipelineError> {
    context.lake.sweep(context.clock.now().as_second() - ABANDONED).await?;
    let mut report = IngestReport::default();
    let mut arriving: BTreeMap<Place, Arriving> = BTreeMap::new();
    let result = read_all(context, inputs, options, &progress, &mut report, &mut arriving).await;
    let keep = match result {
        Ok(()) if options.strict && report.rejected() > 0 => Err(PipelineError::Rejected(report.rejected())),
        other => other,
    };
    let sources = match keep {
        Ok(()) if options.source.is_some() => Ok(arriving.keys().map(|(source, _)| source.clone()).collect()),
        Ok(()) => all_continued(context, &arriving, &report).await,
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

/// For each place the source under which its charges are kept, before any of them becomes current.
async fn all_continued(
    context: &Context,
    arriving: &BTreeMap<Place, Arriving>,
    report: &IngestReport,
) -> Result<Vec<SourceId>, PipelineError> {
    let files: Vec<String> = report.files.iter().map(|file| file_name(&file.input)).collect();
    let mut out = Vec::with_capacity(arriving.len());
    for ((source, period), arrived) in arriving {
        out.push(continued(context, source.clone(), *period, &arrived.aggregate, &files).await?);
    }
    Ok(out)
}

/// The source under which an account's charges of a month are kept already: names from before they were unique stay as long
/// as the month is the same account's. `files` are the names of the import's files.
///
/// # Errors
///
/// [`PipelineError::SharedName`] when the old name holds charges of several accounts: beside a new name they would count twice.
async fn continued(
    context: &Context,
    source: SourceId,
    period: BillingPeriod,
    new: &Aggregate,
    files: &[String],
) -> Result<SourceId, PipelineError> {
    let accounts = new.accounts();
    let mut each = accounts.iter();
    let (Some((provider, account)), None) = (each.next(), each.next()) else { return Ok(source) };
    let legacy = match (provider, account) {
        (None, None) => match files.iter().find(|name| SourceId::of_file(name) == source) {
            Some(name) => SourceId::legacy_of_account(Some("file"), Some(name)),
            None => return Ok(source),
        },
        _ => SourceId::legacy_of_account(provider.as_deref(), account.as_deref()),
    };
    if legacy == source || context.ledger.current_period(&source, period).await?.is_some() {
        return Ok(source);
    }
    let Some((current, _)) = context.ledger.current_period(&legacy, period).await? else { return Ok(source) };
    let kept = context.ledger.series_of(&current.revision).await?;
    let is_same = |s: &SeriesMonth| s.key.provider == *provider && s.key.billing_account == *account;
    if !kept.iter().any(is_same) {
        return Ok(source);
    }
    if kept.iter().all(is_same) { Ok(legacy) } else { Err(PipelineError::SharedName { source_id: legacy, period }) }
}

/// Starts what comes after an import: one message about every revision that became current since the last one. Returns how
/// many there were. Doing it again does nothing new.
///
/// # Errors
///
/// When the ledger fails; the next call tells of them then.
pub async fn announce(state: &State) -> Result<usize, PipelineError> {
    Ok(state.ledger.announce_revisions(state.now(), &state.run).await?)
}

/// Removes staged files of a run that failed. What cannot be removed now is never looked at either.
async fn discard(context: &Context, arriving: impl Iterator<Item = Arriving>) {
    for arrived in arriving {
        let _ = context.lake.discard(&arrived.parts).await;
    }
}

async fn read_all(
    context: &Context,
    inputs: Vec<Input>,
    options: &IngestOptions,
    progress: &Progress,
    report: &mut IngestReport,
    arriving: &mut BTreeMap<Place, Arriving>,
) -> Result<(), PipelineError> {
    let run = format!("{}-{}", context.clock.now().as_millisecond(), std::process::id());
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

/// The name of an input without its folders.
fn file_name(input: &str) -> String {
    std::path::Path::new(input).file_name().map_or_else(|| input.to_owned(), |n| n.to_string_lossy().into_owned())
}

async fn read_one(
    context: &Context,
    input: Input,
    options: &IngestOptions,
    progress: &Progress,
    run: &str,
    writers: &mut Writers,
    arriving: &mut BTreeMap<Place, Arriving>,
) -> Result<FileReport, PipelineError> {
    let Input { name, source } = input;
    let format = source.describe();
    let policy = Arc::clone(&context.policy);
    let stem = file_name(&name);
    let fixed = options.source.clone();
    let namer = move |provider: Option<&str>, account: Option<&str>| match (&fixed, provider, account) {
        (Some(source), ..) => source.clone(),
        // Charges that name neither would meet those of every other such file.
        (None, None, None) => SourceId::of_file(&stem),
        (None, provider, account) => SourceId::of_account(provider, account),
    };
    let (told, reading) = (Arc::clone(progress), name.clone());
    let stated = source.stated_rows();
    let worker_input = name.clone();
    let mut jobs = parallel::read(
        name.clone(),
        source,
        options.workers,
        move |read, size| told(&reading, read, size),
        move |chunks| work(&worker_input, chunks, &policy, &namer),
    )?;

    let mut all = Job::default();
    while let Some(mut job) = jobs.next().await? {
        for (place, found) in std::mem::take(&mut job.places) {
            let arrived = arriving.entry(place.clone()).or_default();
            arrived.aggregate.merge(found.aggregate)?;
            let Some(group) = found.group else { continue };
            within_limits(arriving.len(), &name)?;
            writers.append(context, run, place, &found.schema, group, arriving).await?;
        }
        all.rows_read += job.rows_read;
        all.rows_rejected += job.rows_rejected;
        all.read.merge(&job.read)?;
        all.rejected.merge(&job.rejected)?;
        all.unknown_costs += job.unknown_costs;
        name_first(&mut all.rejections, job.rejections);
        for (note, count) in job.notes {
            *all.notes.entry(note).or_default() += count;
        }
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
fn work(
    input: &str,
    chunks: Vec<Box<dyn Chunk>>,
    policy: &tollgate_policy::Policy,
    namer: &dyn Fn(Option<&str>, Option<&str>) -> SourceId,
) -> Result<Job, PipelineError> {
    let mut job = Job::default();
    for chunk in chunks {
        let parsed = chunk.parse()?;
        job.rows_read += parsed.rows_read;
        job.read.merge(&parsed.read)?;
        job.rejected.merge(&parsed.rejected)?;
        job.unknown_costs += parsed.unknown_costs;
        job.rows_rejected += parsed.rows_rejected;
        name_first(&mut job.rejections, parsed.rejections);
        for (note, count) in parsed.notes {
            *job.notes.entry(note).or_default() += count;
        }
        if parsed.charges.rows() == 0 {
            continue;
        }
        let Some(batches) = split(parsed.charges, namer, IMPORT_PERIODS.size()) else {
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

/// Adds rejected rows up to the limit of those that are named.
fn name_first(named: &mut Vec<Rejection>, more: Vec<Rejection>) {
    let room = NAMED_REJECTIONS.size().saturating_sub(named.len());
    named.extend(more.into_iter().take(room));
}

/// Tries of a swap that another import spoils.
const SWAP_TRIES: usize = 3;

async fn make_current(
    context: &Context,
    source: SourceId,
    period: BillingPeriod,
    arrived: Arriving,
) -> Result<PeriodReport, PipelineError> {
    let Arriving { parts, aggregate, inputs } = arrived;
    let written = context.lake.totals(&parts).await?;
    let totals = PeriodTotals {
        rows: written.rows,
        billed_read: aggregate.billed.clone(),
        effective_read: aggregate.effective.clone(),
        billed_lake: written.billed,
        effective_lake: written.effective,
    };
    if !totals.conserved() || totals.rows != aggregate.rows {
        let detail = format!(
            "{} rows read, {} written; billed {:?} read, {:?} written",
            aggregate.rows, totals.rows, totals.billed_read, totals.billed_lake
        );
        // The fault is told; that the files stay behind as well is no further harm.
        let _ = context.lake.discard(&parts).await;
        return Err(PipelineError::NotConserved { source_id: source, period, detail });
    }
    let mut hash = aggregate.hash;
    hash.merge(sorted_by(&context.policy.dimensions));
    let revision = Revision { source: source.clone(), period, hash };
    let (first_day, last_day) = aggregate.days(period);
    let corrections = corrections(&aggregate)?;
    let series = aggregate.series.len() as u64;
    let report = |outcome, restatement, totals| PeriodReport {
        outcome,
        revision: revision.clone(),
        totals,
        series,
        last_day,
        restatement,
        corrections: corrections.clone(),
    };

    let mut published: Option<Vec<String>> = None;
    for _ in 0..SWAP_TRIES {
        let before = context.ledger.current_period(&source, period).await?;
        if let Some((current, _)) = before.as_ref().filter(|(c, _)| c.revision == revision) {
            match &published {
                None => context.lake.discard(&parts).await?,
                // Another import made the same content current with files of its own.
                Some(names) if *names != current.parts => context.lake.remove(&revision, names).await?,
                Some(_) => {}
            }
            restore_series(context, current, &aggregate).await?;
            remove_unused(context, &source, period).await?;
            return Ok(report(Outcome::Unchanged, Restatement::default(), current.totals.clone()));
        }
        let names = match &published {
            Some(names) => names.clone(),
            None => context.lake.publish(&parts, &revision).await?,
        };
        published = Some(names.clone());
        let restatement = match &before {
            Some((old, _)) => {
                let old_series = context.ledger.series_of(&old.revision).await?;
                if let Some((kept, new)) = other_accounts(&old_series, &aggregate) {
                    context.lake.remove(&revision, &names).await?;
                    return Err(PipelineError::OtherAccount { source_id: source, period, kept, new });
                }
                restated(context, old, old_series, &aggregate)?
            }
            None => Restatement::default(),
        };
        context.ledger.put_series(&revision, &aggregate.months()).await?;
        let new = CurrentPeriod {
            revision: revision.clone(),
            parts: names,
            series,
            totals: totals.clone(),
            series_totals: aggregate.series_totals()?,
            first_day,
            last_day,
            account_names: aggregate.account_names.clone(),
            inputs: inputs.clone(),
            imported_at: context.now(),
            restatement: restatement.clone(),
            previous: before.as_ref().map(|(old, _)| (old.revision.clone(), old.parts.clone())),
        };
        let message = (!restatement.is_empty()).then(|| {
            let id = format!("restated-{source}-{period}#{}", revision.hash);
            let content = Content::Restated { revision: revision.clone(), restatement: restatement.clone() };
            context.message(id, content)
        });
        let read_version = before.as_ref().map(|(_, version)| *version);
        match context.ledger.make_current(&new, read_version, message.as_slice()).await {
            Ok(()) => {}
            Err(LedgerError::Conflict { .. }) => continue,
            Err(error) => return Err(error.into()),
        }
        let outcome = if before.is_some() { Outcome::Replaced } else { Outcome::New };
        restore_series(context, &new, &aggregate).await?;
        if let Some((old, _)) = before {
            forget(context, old.previous, &new).await?;
            remove_unused(context, &source, period).await?;
        }
        return Ok(report(outcome, restatement, totals));
    }
    if let Some(names) = published {
        context.lake.remove(&revision, &names).await?;
    }
    Err(PipelineError::Contended { source_id: source, period })
}

/// Removes the revision before the one before: readers of the latter may still be at work.
async fn forget(
    context: &Context,
    older: Option<(Revision, Vec<String>)>,
    new: &CurrentPeriod,
) -> Result<(), PipelineError> {
    let Some((revision, parts)) = older else { return Ok(()) };
    // An earlier content that came back has new files and the series that it had.
    let kept = |name: &String| {
        let of = |r: &Revision, names: &[String]| *r == revision && names.contains(name);
        of(&new.revision, &new.parts) || new.previous.as_ref().is_some_and(|(r, names)| of(r, names))
    };
    let unused: Vec<String> = parts.into_iter().filter(|name| !kept(name)).collect();
    context.lake.remove(&revision, &unused).await?;
    if revision == new.revision || new.previous.as_ref().is_some_and(|(r, _)| *r == revision) {
        return Ok(());
    }
    // Another import may have brought this content back meanwhile.
    match context.ledger.current_period(&new.revision.source, new.revision.period).await? {
        Some((current, _)) if current.revision == new.revision => Ok(context.ledger.remove_series(&revision).await?),
        _ => Ok(()),
    }
}

/// Writes the series of the current revision again where some are missing: another import may have removed them as those of
/// an older revision with the same content.
async fn restore_series(
    context: &Context,
    current: &CurrentPeriod,
    aggregate: &Aggregate,
) -> Result<(), PipelineError> {
    let there = context.ledger.series_of(&current.revision).await?.len() as u64;
    if there < current.series {
        context.ledger.put_series(&current.revision, &aggregate.months()).await?;
    }
    Ok(())
}

/// Removes files of a billing period that count no longer: neither the current revision's nor the one's before, and older
/// than any run.
async fn remove_unused(context: &Context, source: &SourceId, period: BillingPeriod) -> Result<(), PipelineError> {
    let files = context.lake.stored_of(source, period).await?;
    // Read after the list: a file that is listed and counts is among these.
    let Some((current, _)) = context.ledger.current_period(source, period).await? else { return Ok(()) };
    let kept = current.files();
    let abandoned = context.clock.now().as_second() - ABANDONED;
    for file in files.iter().filter(|file| file.written < abandoned && !kept.contains(&file.path)) {
        context.lake.remove_stored(file).await?;
    }
    Ok(())
}

/// The accounts kept and the new ones, where none of the new is among those kept.
fn other_accounts(old: &[SeriesMonth], new: &Aggregate) -> Option<(String, String)> {
    let kept: BTreeSet<_> = old.iter().map(|s| (s.key.provider.clone(), s.key.billing_account.clone())).collect();
    let new = new.accounts();
    let named = |all: &BTreeSet<(Option<String>, Option<String>)>,
                 by: fn(&(Option<String>, Option<String>)) -> Option<String>| {
        all.iter().filter_map(by).collect::<BTreeSet<String>>()
    };
    for by in
        [|(_, a): &(Option<String>, Option<String>)| a.clone(), |(p, _): &(Option<String>, Option<String>)| p.clone()]
    {
        let (was, is) = (named(&kept, by), named(&new, by));
        if was.is_empty() || is.is_empty() {
            continue;
        }
        let text = |names: &BTreeSet<String>| names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        return was.is_disjoint(&is).then(|| (text(&was), text(&is)));
    }
    None
}

fn corrections(aggregate: &Aggregate) -> Result<BTreeMap<BillingPeriod, Totals>, PipelineError> {
    let mut out: BTreeMap<BillingPeriod, Totals> = BTreeMap::new();
    for (key, days) in aggregate.series.iter().filter(|(key, _)| key.kind == ChargeKind::Correction) {
        for (day, cost) in days {
            out.entry(day.month()).or_default().add(Money::new(cost.effective, key.currency))?;
        }
    }
    Ok(out)
}

/// What the new series change in days that the old revision had told. Its last days were provisional: what comes to
/// them is late, not restated.
fn restated(
    context: &Context,
    old: &CurrentPeriod,
    old_series: Vec<SeriesMonth>,
    new: &Aggregate,
) -> Result<Restatement, PipelineError> {
    let provisional = i32::try_from(context.policy.detection.provisional_days).unwrap_or(0);
    let settled = old.last_day.plus(-provisional);
    let mut before = undivided(old_series.into_iter().map(|s| (s.key, s.days)));
    let now = undivided(new.series.iter().map(|(key, days)| (key.clone(), days.clone())));
    let mut out = Restatement::default();
    let mut days = BTreeSet::new();
    let nothing = BTreeMap::new();
    let mut compare =
        |key: &SeriesKey, was: &BTreeMap<Day, DayCost>, is: &BTreeMap<Day, DayCost>| -> Result<bool, PipelineError> {
            let mut changed = false;
            let told: BTreeSet<&Day> = was.keys().chain(is.keys()).filter(|d| **d <= settled).collect();
            for day in told {
                let (a, b) = (was.get(day).copied().unwrap_or_default(), is.get(day).copied().unwrap_or_default());
                if a == b {
                    continue;
                }
                changed = true;
                days.insert(*day);
                out.effective.add(Money::new(b.effective.saturating_sub(a.effective), key.currency))?;
                out.billed.add(Money::new(b.billed.saturating_sub(a.billed), key.currency))?;
            }
            Ok(changed)
        };
    let (mut series, mut vanished) = (0, 0);
    for (key, is) in &now {
        let was = before.remove(key);
        series += u64::from(compare(key, was.as_ref().unwrap_or(&nothing), is)?);
    }
    for (key, was) in &before {
        let changed = compare(key, was, &nothing)?;
        series += u64::from(changed);
        vanished += u64::from(changed);
    }
    out.days = days.into_iter().collect();
    (out.series, out.vanished) = (series, vanished);
    Ok(out)
}

/// Series without the policy's dimensions: charges that are sorted otherwise are not restated.
fn undivided(
    series: impl Iterator<Item = (SeriesKey, BTreeMap<Day, DayCost>)>,
) -> BTreeMap<SeriesKey, BTreeMap<Day, DayCost>> {
    let mut out: BTreeMap<SeriesKey, BTreeMap<Day, DayCost>> = BTreeMap::new();
    for (key, days) in series {
        let whole = out.entry(SeriesKey { dimensions: BTreeMap::new(), ..key }).or_default();
        for (day, cost) in days {
            let sum = whole.entry(day).or_default();
            sum.billed = sum.billed.saturating_add(cost.billed);
            sum.effective = sum.effective.saturating_add(cost.effective);
        }
    }
    out
}

/// Opens files as inputs.
///
/// # Errors
///
/// At the first file that cannot be read or recognised.
pub fn open_files(paths: &[PathBuf], options: &ReadOptions) -> Result<Vec<Input>, SourceError> {
    paths.iter().map(|path| Input::file(path, options)).collect()
}
