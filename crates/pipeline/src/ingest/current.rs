//! Making a revision current: its files are proved and published, and the pointer of its billing period is swapped once.

use std::collections::BTreeMap;

use tollgate_lake::StagedPart;
use tollgate_ledger::{CurrentPeriod, LedgerError};
use tollgate_model::{BillingPeriod, Content, Day, PeriodTotals, Restatement, Revision, SourceId, Totals};

use super::cleanup::{remove_older, remove_unused, restore_series};
use super::restated::{find_restatement, sum_corrections};
use super::source_name::other_accounts;
use super::{Arriving, ImportOutcome, PeriodReport};
use crate::aggregate::{Aggregate, dimensions_hash};
use crate::{Context, PipelineError};

/// Attempts of a swap when other imports change the same billing period.
const SWAP_ATTEMPTS: usize = 3;

/// Makes the charges of a billing period its current revision.
///
/// # Errors
///
/// When the files do not hold what was read, the accounts differ from those kept, or a store fails. Then nothing changed.
pub(super) async fn make_current(
    context: &Context,
    source: SourceId,
    period: BillingPeriod,
    arrived: Arriving,
) -> Result<PeriodReport, PipelineError> {
    let new = NewRevision::prove(context, source, period, arrived).await?;
    let mut published: Option<Vec<String>> = None;
    for _ in 0..SWAP_ATTEMPTS {
        let before = context.state.ledger.current_period(&new.revision.source, period).await?;
        if let Some((current, _)) = before.as_ref().filter(|(c, _)| c.revision == new.revision) {
            return new.keep_current(context, current, published.as_deref()).await;
        }
        let names = match &published {
            Some(names) => names.clone(),
            None => context.lake.publish(&new.parts, &new.revision).await?,
        };
        published = Some(names.clone());
        if let Some(report) = new.swap(context, before, names).await? {
            return Ok(report);
        }
    }
    if let Some(names) = published {
        context.lake.remove(&new.revision, &names).await?;
    }
    Err(PipelineError::Contended { source_id: new.revision.source, period })
}

/// A revision whose files hold what was read.
struct NewRevision {
    revision: Revision,
    parts: Vec<StagedPart>,
    aggregate: Aggregate,
    inputs: Vec<String>,
    totals: PeriodTotals,
    first_day: Day,
    last_day: Day,
    corrections: BTreeMap<BillingPeriod, Totals>,
}

impl NewRevision {
    /// Compares the staged files with what was read. Files that differ are removed.
    async fn prove(
        context: &Context,
        source: SourceId,
        period: BillingPeriod,
        arrived: Arriving,
    ) -> Result<Self, PipelineError> {
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
            // The error to report is the difference; staged files that stay behind do no harm.
            let _ = context.lake.discard(&parts).await;
            return Err(PipelineError::NotConserved { source_id: source, period, detail });
        }
        let mut hash = aggregate.hash;
        hash.merge(dimensions_hash(&context.state.policy.dimensions));
        let (first_day, last_day) = aggregate.days(period);
        let corrections = sum_corrections(&aggregate)?;
        let revision = Revision { source, period, hash };
        Ok(Self { revision, parts, aggregate, inputs, totals, first_day, last_day, corrections })
    }

    fn report(&self, outcome: ImportOutcome, restatement: Restatement, totals: PeriodTotals) -> PeriodReport {
        PeriodReport {
            outcome,
            revision: self.revision.clone(),
            totals,
            series: self.aggregate.series.len() as u64,
            last_day: self.last_day,
            restatement,
            corrections: self.corrections.clone(),
        }
    }

    /// The same content is current already: removes this import's files and restores what another import may have removed.
    async fn keep_current(
        &self,
        context: &Context,
        current: &CurrentPeriod,
        published: Option<&[String]>,
    ) -> Result<PeriodReport, PipelineError> {
        match published {
            None => context.lake.discard(&self.parts).await?,
            // Another import made the same content current with files of its own.
            Some(names) if *names != current.parts => context.lake.remove(&self.revision, names).await?,
            Some(_) => {}
        }
        restore_series(context, current, &self.aggregate).await?;
        remove_unused(context, &self.revision.source, self.revision.period).await?;
        Ok(self.report(ImportOutcome::Unchanged, Restatement::default(), current.totals.clone()))
    }

    /// Swaps the pointer of the billing period to the published files. `None` when another import changed it first.
    async fn swap(
        &self,
        context: &Context,
        before: Option<(CurrentPeriod, u64)>,
        names: Vec<String>,
    ) -> Result<Option<PeriodReport>, PipelineError> {
        let ledger = &context.state.ledger;
        let (source, period) = (&self.revision.source, self.revision.period);
        let restatement = self.restatement(context, before.as_ref().map(|(old, _)| old), &names).await?;
        ledger.put_series(&self.revision, &self.aggregate.months()).await?;
        let new = CurrentPeriod {
            revision: self.revision.clone(),
            parts: names,
            series: self.aggregate.series.len() as u64,
            totals: self.totals.clone(),
            series_totals: self.aggregate.series_totals()?,
            first_day: self.first_day,
            last_day: self.last_day,
            dimensions: dimensions_hash(&context.state.policy.dimensions),
            account_names: self.aggregate.account_names.clone(),
            inputs: self.inputs.clone(),
            imported_at: context.state.now(),
            restatement: restatement.clone(),
            previous: before.as_ref().map(|(old, _)| (old.revision.clone(), old.parts.clone())),
        };
        let message = (!restatement.is_empty()).then(|| {
            let id = format!("restated-{source}-{period}#{}", self.revision.hash);
            let content = Content::Restated { revision: self.revision.clone(), restatement: restatement.clone() };
            context.state.message(id, content)
        });
        let read_version = before.as_ref().map(|(_, version)| *version);
        match ledger.make_current(&new, read_version, message.as_slice()).await {
            Ok(()) => {}
            Err(LedgerError::Conflict { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let outcome = if before.is_some() { ImportOutcome::Replaced } else { ImportOutcome::New };
        restore_series(context, &new, &self.aggregate).await?;
        if let Some((old, _)) = before {
            remove_older(context, old.previous, &new).await?;
            remove_unused(context, source, period).await?;
        }
        Ok(Some(self.report(outcome, restatement, self.totals.clone())))
    }

    /// What this revision restates of the old one.
    ///
    /// # Errors
    ///
    /// [`PipelineError::OtherAccount`] when the charges are those of other accounts; the published files are removed.
    async fn restatement(
        &self,
        context: &Context,
        old: Option<&CurrentPeriod>,
        names: &[String],
    ) -> Result<Restatement, PipelineError> {
        let Some(old) = old else { return Ok(Restatement::default()) };
        let old_series = context.state.ledger.series_of(&old.revision).await?;
        if let Some((kept, new)) = other_accounts(&old_series, &self.aggregate) {
            context.lake.remove(&self.revision, names).await?;
            let Revision { source, period, .. } = self.revision.clone();
            return Err(PipelineError::OtherAccount { source_id: source, period, kept, new });
        }
        find_restatement(context, old, old_series, &self.aggregate)
    }
}
