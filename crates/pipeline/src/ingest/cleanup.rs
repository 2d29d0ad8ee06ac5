//! Cleanup: files and series that no delivery needs any more.

use std::collections::BTreeSet;

use tollgate_lake::StagedPart;
use tollgate_ledger::CurrentPeriod;
use tollgate_model::{BillingPeriod, Revision, SourceId};

use crate::abandoned::abandoned_before;
use crate::aggregate::Aggregate;
use crate::{Context, PipelineError};

/// Removes the staged files of a failed run. A file that cannot be removed is never read either.
pub(super) async fn discard<'a>(context: &Context, parts: impl Iterator<Item = &'a [StagedPart]>) {
    for parts in parts {
        let _ = context.lake.discard(parts).await;
    }
}

/// Removes what a delivery that was divided anew no longer needs.
pub(crate) async fn remove_superseded(context: &Context, old: &CurrentPeriod) -> Result<(), PipelineError> {
    let Revision { source, period, .. } = &old.revision;
    remove_older(context, source, *period, std::iter::once(old)).await?;
    remove_unused(context, source, *period).await
}

/// Removes what the replaced deliveries had replaced themselves. They stay, because readers may still use them.
pub(super) async fn remove_older<'a>(
    context: &Context,
    source: &SourceId,
    period: BillingPeriod,
    removed: impl Iterator<Item = &'a CurrentPeriod>,
) -> Result<(), PipelineError> {
    let ledger = &context.state.ledger;
    // Read after the swap: another import may have made a content current again. A content that came back has new files and the series
    // that it had before.
    let current = ledger.current_deliveries(source, period).await?;
    let kept: Vec<_> = current.iter().flat_map(|(delivery, _)| delivery.kept()).collect();
    for old in removed {
        for (revision, parts) in old.kept().into_iter().skip(1) {
            let is_kept = |name: &&String| kept.iter().any(|(r, names)| *r == revision && names.contains(name));
            let unused: Vec<String> = parts.iter().filter(|name| !is_kept(name)).cloned().collect();
            context.lake.remove(revision, &unused).await?;
            if !kept.iter().any(|(r, _)| *r == revision) {
                ledger.remove_series(revision).await?;
                ledger.remove_coverage(revision).await?;
            }
        }
    }
    Ok(())
}

/// Writes missing series of the current revision again: another import may have removed them as those of an older revision with
/// the same content.
pub(super) async fn restore_series(
    context: &Context,
    current: &CurrentPeriod,
    aggregate: &Aggregate,
) -> Result<(), PipelineError> {
    let ledger = &context.state.ledger;
    let stored = ledger.series_of(&current.revision).await?.len() as u64;
    if stored < current.series {
        ledger.put_series(&current.revision, &aggregate.months()).await?;
    }
    if ledger.coverage(&current.revision).await?.is_none() {
        ledger.put_coverage(&current.revision, &aggregate.coverage).await?;
    }
    Ok(())
}

/// Removes files of a billing period that belong neither to a current delivery nor to one that it replaced, and that are older than
/// any run.
pub(super) async fn remove_unused(
    context: &Context,
    source: &SourceId,
    period: BillingPeriod,
) -> Result<(), PipelineError> {
    let files = context.lake.stored_of(source, period).await?;
    // Read after the list, so that every listed file that counts is among these.
    let current = context.state.ledger.current_deliveries(source, period).await?;
    if current.is_empty() {
        return Ok(());
    }
    let kept: BTreeSet<String> = current.iter().flat_map(|(delivery, _)| delivery.files()).collect();
    let abandoned = abandoned_before(&context.state);
    for file in files.iter().filter(|file| file.written < abandoned && !kept.contains(&file.path)) {
        context.lake.remove_stored(file).await?;
    }
    Ok(())
}
