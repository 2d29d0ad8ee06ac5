//! Dimensions after a change of the policy file: the series of the ledger are summed anew from the charges of the lake.
//!
//! The content stays, and only its division into series changes. The new series therefore belong to the revision that an import of
//! the same exports would make now.

use tollgate_lake::LakeError;
use tollgate_ledger::{CurrentPeriod, LedgerError, PeriodChange};
use tollgate_model::{Restatement, Revision, Totals};
use tollgate_policy::Dimension;

use crate::aggregate::{Aggregate, COST_COLUMNS, FACET_COLUMNS, dimensions_hash};
use crate::{Context, PipelineError};

/// Divides the series of each billing period by the dimensions of the policy, where they are divided by others. Returns the number of
/// periods that changed.
///
/// # Errors
///
/// When a store fails, or the files of a period do not hold what was imported. Periods that were not reached stay as they were.
pub async fn apply_dimensions(context: &Context) -> Result<usize, PipelineError> {
    let wanted = dimensions_hash(&context.state.policy.dimensions);
    let mut changed = 0;
    for current in context.state.ledger.periods().await?.into_iter().filter(|p| p.dimensions != wanted) {
        changed += usize::from(divide_anew(context, &current).await?);
    }
    Ok(changed)
}

/// Divides one billing period. `false` when an import replaced it meanwhile, which divides by the policy itself.
async fn divide_anew(context: &Context, current: &CurrentPeriod) -> Result<bool, PipelineError> {
    let ledger = &context.state.ledger;
    let Revision { source, period, .. } = &current.revision;
    // Read before the delivery: a change in between is a conflict.
    let read_changes = ledger.period_changes(source, *period).await?;
    let found = ledger.current_delivery(source, *period, &current.delivery).await?;
    let Some((read, version)) = found else { return Ok(false) };
    if read.revision != current.revision {
        return Ok(false);
    }
    let dimensions = &context.state.policy.dimensions;
    let aggregate = sum_period(context, current, dimensions).await?;
    let series_totals = aggregate.series_totals()?;
    let wanted = dimensions_hash(dimensions);
    let mut revision = current.revision.clone();
    revision.hash.remove(current.dimensions);
    revision.hash.merge(wanted);
    if revision != current.revision {
        context.lake.copy(&current.revision, &current.parts, &revision).await?;
    }
    ledger.put_series(&revision, &aggregate.months()).await?;
    if let Some(coverage) = ledger.coverage(&current.revision).await? {
        ledger.put_coverage(&revision, &coverage).await?;
    }
    let new = CurrentPeriod {
        series: aggregate.series.len() as u64,
        series_totals,
        dimensions: wanted,
        imported_at: context.state.now(),
        // The provider corrected nothing.
        restatement: Restatement::default(),
        previous: Some((current.revision.clone(), current.parts.clone())),
        revision,
        ..read.clone()
    };
    let removed = [(read, version)];
    let change =
        PeriodChange { source, period: *period, read_changes, current: std::slice::from_ref(&new), removed: &removed };
    match ledger.change_period(&change, &[]).await {
        Ok(()) => {}
        Err(LedgerError::Conflict { .. }) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    crate::ingest::remove_superseded(context, &removed[0].0).await?;
    Ok(true)
}

/// Sums the charges of a billing period by series, and compares the sums with those of its import.
pub(crate) async fn sum_period(
    context: &Context,
    current: &CurrentPeriod,
    dimensions: &[Dimension],
) -> Result<Aggregate, PipelineError> {
    // The columns that a series is summed from.
    let mut columns = [FACET_COLUMNS.as_slice(), COST_COLUMNS.as_slice()].concat();
    columns.extend(dimensions.iter().flat_map(Dimension::columns));
    columns.sort_unstable();
    columns.dedup();
    let mut extras: Vec<String> = dimensions.iter().flat_map(Dimension::extras).map(str::to_owned).collect();
    extras.sort();
    extras.dedup();
    let parts = [(current.revision.clone(), current.parts.clone())];
    let mut sum = Aggregate::default();
    let scan = context.lake.scan_with(&parts, &columns, &extras, None, |batch| {
        sum.add(&batch.charges(&columns, &extras), dimensions).map_err(PipelineError::from)
    });
    scan.await?;
    let known = &current.totals;
    let differs = |read: &Totals, imported: &Totals| read != imported;
    if sum.rows != known.rows
        || differs(&sum.billed, &known.billed_lake)
        || differs(&sum.effective, &known.effective_lake)
    {
        let path = format!("charges/{}", current.revision);
        let message = format!("its files hold {} rows; {} were imported, or sums differ", sum.rows, known.rows);
        return Err(LakeError::Damaged { path, message }.into());
    }
    Ok(sum)
}
