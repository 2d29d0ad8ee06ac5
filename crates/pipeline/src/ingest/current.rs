//! Making a delivery current: its files are proved and published, and the pointers of its month are swapped once.

use std::collections::BTreeMap;

use tollgate_lake::StagedPart;
use tollgate_ledger::{CurrentPeriod, LedgerError, PeriodChange, ReplacedDelivery};
use tollgate_model::{BillingPeriod, Content, Day, PeriodTotals, Restatement, Revision, StatedCost, Totals};

use super::arriving::{Arriving, NewDelivery};
use super::cleanup::{remove_older, remove_unused, restore_series};
use super::decide::{Existing, Fate, decide, existing};
use super::overlap::are_two_views;
use super::restated::{find_restatement, sum_corrections};
use super::source_name::other_accounts;
use super::{ImportOutcome, PeriodReport};
use crate::aggregate::{Aggregate, dimensions_hash};
use crate::{Context, PipelineError};

/// Attempts of a swap when other imports change the same billing period.
const SWAP_ATTEMPTS: usize = 3;
/// Digits of a content hash that name a delivery.
const NAME_DIGITS: usize = 12;

/// How deliveries become current.
#[derive(Clone, Copy)]
pub(super) struct Swapping<'a> {
    pub(super) context: &'a Context,
    /// The id of the import.
    pub(super) import: &'a str,
    /// Whether a delivery replaces what it cannot be compared with.
    pub(super) replace: bool,
}

/// What became of a delivery.
pub(super) enum Swapped {
    /// It is current, or was before.
    Current(Box<PeriodReport>),
    /// A current delivery holds all its charges; its inputs.
    Contained(Vec<String>),
}

/// Makes the charges of a delivery current.
///
/// # Errors
///
/// When the files do not hold what was read, it cannot be decided what the delivery replaces, or a store fails. Then nothing changed.
pub(super) async fn make_current(how: Swapping<'_>, new: NewDelivery) -> Result<Swapped, PipelineError> {
    let context = how.context;
    let ledger = &context.state.ledger;
    prove_accounts(context, &new).await?;
    let (source, period) = (new.source.clone(), new.period);
    let new = NewRevision::prove(context, new).await?;
    let mut published: Option<Vec<String>> = None;
    for _ in 0..SWAP_ATTEMPTS {
        let read_changes = ledger.period_changes(&source, period).await?;
        let existing = existing(context, ledger.current_deliveries(&source, period).await?).await?;
        let replaced = match new.fate(how, &existing).await? {
            Fate::Unchanged(number) => {
                let report = new.keep_current(context, &existing[number].current, published.as_deref()).await?;
                return Ok(Swapped::Current(Box::new(report)));
            }
            Fate::LeftOut(number) => {
                new.discard(context, published.as_deref()).await?;
                return Ok(Swapped::Contained(existing[number].current.inputs.clone()));
            }
            Fate::Becomes(replaced) => replaced,
        };
        let names = match &published {
            Some(names) => names.clone(),
            None => context.lake.publish(&new.parts, &new.revision).await?,
        };
        published = Some(names.clone());
        let before = Before { read_changes, existing: &existing, replaced: &replaced };
        if let Some(report) = new.swap(how, before, names).await? {
            return Ok(Swapped::Current(Box::new(report)));
        }
    }
    if let Some(names) = published {
        context.lake.remove(&new.revision, &names).await?;
    }
    Err(PipelineError::Contended { source_id: source, period })
}

/// Refuses charges of accounts that a source with a name of its own does not hold.
///
/// # Errors
///
/// [`PipelineError::OtherAccount`] when they have no account in common.
pub(super) async fn prove_accounts(context: &Context, new: &NewDelivery) -> Result<(), PipelineError> {
    let ledger = &context.state.ledger;
    let mut kept = Vec::new();
    for (current, _) in ledger.current_deliveries(&new.source, new.period).await? {
        kept.extend(ledger.series_of(&current.revision).await?);
    }
    match other_accounts(&kept, &new.arrived.aggregate) {
        Some((kept, accounts)) => {
            Err(PipelineError::OtherAccount { source_id: new.source.clone(), period: new.period, kept, new: accounts })
        }
        None => Ok(()),
    }
}

/// The deliveries of a month as they were read, and those that the new one replaces.
#[derive(Clone, Copy)]
struct Before<'a> {
    read_changes: Option<u64>,
    existing: &'a [Existing],
    replaced: &'a [usize],
}

impl Before<'_> {
    fn replaced(&self) -> Vec<&Existing> {
        self.replaced.iter().filter_map(|number| self.existing.get(*number)).collect()
    }

    /// The name of the delivery: that of the first one that it replaces, or a new one.
    fn name(&self, revision: &Revision) -> String {
        let replaced = self.replaced();
        if let Some(first) = replaced.iter().map(|e| &e.current.delivery).min() {
            return first.clone();
        }
        match self.existing.iter().any(|e| e.current.delivery.is_empty()) {
            true => revision.hash.to_string()[..NAME_DIGITS].to_owned(),
            false => String::new(),
        }
    }
}

/// A revision whose files hold what was read.
struct NewRevision {
    revision: Revision,
    parts: Vec<StagedPart>,
    delivery: NewDelivery,
    totals: PeriodTotals,
    first_day: Day,
    last_day: Day,
    corrections: BTreeMap<BillingPeriod, Totals>,
}

impl NewRevision {
    /// Compares the staged files with what was read. Files that differ are removed.
    async fn prove(context: &Context, mut delivery: NewDelivery) -> Result<Self, PipelineError> {
        let parts = std::mem::take(&mut delivery.arrived.parts);
        let aggregate = &delivery.arrived.aggregate;
        let (source, period) = (delivery.source.clone(), delivery.period);
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
            // The error to report is the difference; staged files that stay behind do no harm.
            let _ = context.lake.discard(&parts).await;
            return Err(PipelineError::NotConserved { source_id: source, period, detail });
        }
        let mut hash = aggregate.hash;
        hash.merge(dimensions_hash(&context.state.policy.dimensions));
        let (first_day, last_day) = aggregate.days(period);
        let corrections = sum_corrections(aggregate)?;
        let revision = Revision { source, period, hash };
        Ok(Self { revision, parts, delivery, totals, first_day, last_day, corrections })
    }

    fn aggregate(&self) -> &Aggregate {
        &self.delivery.arrived.aggregate
    }

    /// What becomes of the delivery. Content of other dimensions is new, though its charges are the same.
    async fn fate(&self, how: Swapping<'_>, existing: &[Existing]) -> Result<Fate, PipelineError> {
        match decide(how.context, &self.delivery, existing, how.replace).await? {
            Fate::Unchanged(number) if existing[number].current.revision != self.revision => {
                Ok(Fate::Becomes(vec![number]))
            }
            fate => Ok(fate),
        }
    }

    fn report(&self, outcome: ImportOutcome, restatement: Restatement, totals: PeriodTotals) -> PeriodReport {
        PeriodReport {
            outcome,
            revision: self.revision.clone(),
            totals,
            series: self.aggregate().series.len() as u64,
            last_day: self.last_day,
            restatement,
            corrections: self.corrections.clone(),
            late_in: self.delivery.late.then_some(self.delivery.home),
            replaced: Vec::new(),
            stated: self.delivery.arrived.stated.clone(),
            notes: if outcome == ImportOutcome::Unchanged { Vec::new() } else { self.delivery.notes.clone() },
        }
    }

    /// Removes this import's files.
    async fn discard(&self, context: &Context, published: Option<&[String]>) -> Result<(), PipelineError> {
        match published {
            None => Ok(context.lake.discard(&self.parts).await?),
            Some(names) => Ok(context.lake.remove(&self.revision, names).await?),
        }
    }

    /// The same content is current already: removes this import's files and restores what another import may have removed.
    async fn keep_current(
        &self,
        context: &Context,
        current: &CurrentPeriod,
        published: Option<&[String]>,
    ) -> Result<PeriodReport, PipelineError> {
        // Another import may have made the same content current with files of its own.
        if published.is_none_or(|names| *names != current.parts) {
            self.discard(context, published).await?;
        }
        restore_series(context, current, self.aggregate()).await?;
        remove_unused(context, &self.revision.source, self.revision.period).await?;
        Ok(self.report(ImportOutcome::Unchanged, Restatement::default(), current.totals.clone()))
    }

    /// Swaps the pointers of the billing period to the published files. `None` when another import changed the month first.
    async fn swap(
        &self,
        how: Swapping<'_>,
        before: Before<'_>,
        names: Vec<String>,
    ) -> Result<Option<PeriodReport>, PipelineError> {
        let (context, ledger) = (how.context, &how.context.state.ledger);
        let (source, period) = (&self.revision.source, self.revision.period);
        let replaced = before.replaced();
        let restatement = self.restatement(context, &replaced).await?;
        ledger.put_series(&self.revision, &self.aggregate().months()).await?;
        ledger.put_coverage(&self.revision, &self.aggregate().coverage).await?;
        let new = self.pointer(how, before, names, &restatement)?;
        let message = (!restatement.is_empty()).then(|| {
            let id = format!("restated-{source}-{period}#{}", self.revision.hash);
            let content = Content::Restated { revision: self.revision.clone(), restatement: restatement.clone() };
            context.state.message(id, content)
        });
        let removed: Vec<(CurrentPeriod, u64)> = replaced.iter().map(|e| (e.current.clone(), e.version)).collect();
        let change = PeriodChange {
            source,
            period,
            read_changes: before.read_changes,
            current: std::slice::from_ref(&new),
            removed: &removed,
        };
        match ledger.change_period(&change, message.as_slice()).await {
            Ok(()) => {}
            Err(LedgerError::Conflict { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let outcome = if removed.is_empty() { ImportOutcome::New } else { ImportOutcome::Replaced };
        restore_series(context, &new, self.aggregate()).await?;
        if !removed.is_empty() {
            remove_older(context, source, period, removed.iter().map(|(old, _)| old)).await?;
            remove_unused(context, source, period).await?;
        }
        let report = self.report(outcome, restatement, self.totals.clone());
        Ok(Some(PeriodReport { replaced: new.replaced, ..report }))
    }

    fn pointer(
        &self,
        how: Swapping<'_>,
        before: Before<'_>,
        names: Vec<String>,
        restatement: &Restatement,
    ) -> Result<CurrentPeriod, PipelineError> {
        let replaced: Vec<ReplacedDelivery> =
            before.replaced().iter().map(|e| ReplacedDelivery::of(&e.current)).collect();
        let NewDelivery { home, late, feed, arrived, .. } = &self.delivery;
        let Arriving { aggregate, inputs, stated, .. } = arrived;
        let stated: Vec<StatedCost> = stated.clone();
        Ok(CurrentPeriod {
            revision: self.revision.clone(),
            parts: names,
            series: aggregate.series.len() as u64,
            totals: self.totals.clone(),
            series_totals: aggregate.series_totals()?,
            first_day: self.first_day,
            last_day: self.last_day,
            dimensions: dimensions_hash(&how.context.state.policy.dimensions),
            account_names: aggregate.account_names.clone(),
            inputs: inputs.clone(),
            imported_at: how.context.state.now(),
            restatement: restatement.clone(),
            previous: replaced.first().map(|old| (old.revision.clone(), old.parts.clone())),
            delivery: before.name(&self.revision),
            home: (*home != self.revision.period).then_some(*home),
            late: *late,
            feed: feed.clone(),
            import: how.import.to_owned(),
            replaced,
            stated,
        })
    }

    /// What this revision restates of those that it replaces.
    async fn restatement(&self, context: &Context, replaced: &[&Existing]) -> Result<Restatement, PipelineError> {
        let Some(last_day) = replaced.iter().map(|e| e.current.last_day).max() else {
            return Ok(Restatement::default());
        };
        let mut series = Vec::new();
        // Another view of the bill restates nothing.
        let is_other_view = |old: &&Existing| are_two_views(&self.aggregate().coverage, &old.coverage);
        if replaced.iter().any(is_other_view) {
            return Ok(Restatement::default());
        }
        for old in replaced {
            series.extend(context.state.ledger.series_of(&old.current.revision).await?);
        }
        find_restatement(context, last_day, series, self.aggregate())
    }
}
