//! Cleanup: files and series that no revision needs any more.

use tollgate_ledger::CurrentPeriod;
use tollgate_model::{BillingPeriod, Revision, SourceId};

use super::Arriving;
use crate::abandoned::abandoned_before;
use crate::aggregate::Aggregate;
use crate::{Context, PipelineError};

/// Removes the staged files of a failed run. A file that cannot be removed is never read either.
pub(super) async fn discard(context: &Context, arriving: impl Iterator<Item = Arriving>) {
    for arrived in arriving {
        let _ = context.lake.discard(&arrived.parts).await;
    }
}

/// Removes what a period that was divided anew no longer needs.
pub(crate) async fn remove_superseded(
    context: &Context,
    older: Option<(Revision, Vec<String>)>,
    new: &CurrentPeriod,
) -> Result<(), PipelineError> {
    remove_older(context, older, new).await?;
    remove_unused(context, &new.revision.source, new.revision.period).await
}

/// Removes the revision before the previous one. The previous one stays, because readers may still use it.
pub(super) async fn remove_older(
    context: &Context,
    older: Option<(Revision, Vec<String>)>,
    new: &CurrentPeriod,
) -> Result<(), PipelineError> {
    let Some((revision, parts)) = older else { return Ok(()) };
    // A content that came back has new files and the series that it had before.
    let kept = |name: &String| {
        let of = |r: &Revision, names: &[String]| *r == revision && names.contains(name);
        of(&new.revision, &new.parts) || new.previous.as_ref().is_some_and(|(r, names)| of(r, names))
    };
    let unused: Vec<String> = parts.into_iter().filter(|name| !kept(name)).collect();
    context.lake.remove(&revision, &unused).await?;
    if revision == new.revision || new.previous.as_ref().is_some_and(|(r, _)| *r == revision) {
        return Ok(());
    }
    // Another import may have made this content current again.
    match context.state.ledger.current_period(&new.revision.source, new.revision.period).await? {
        Some((current, _)) if current.revision == new.revision => {
            Ok(context.state.ledger.remove_series(&revision).await?)
        }
        _ => Ok(()),
    }
}

/// Writes missing series of the current revision again: another import may have removed them as those of an older revision with
/// the same content.
pub(super) async fn restore_series(
    context: &Context,
    current: &CurrentPeriod,
    aggregate: &Aggregate,
) -> Result<(), PipelineError> {
    let stored = context.state.ledger.series_of(&current.revision).await?.len() as u64;
    if stored < current.series {
        context.state.ledger.put_series(&current.revision, &aggregate.months()).await?;
    }
    Ok(())
}

/// Removes files of a billing period that belong neither to the current revision nor to the previous one, and that are older than
/// any run.
pub(super) async fn remove_unused(
    context: &Context,
    source: &SourceId,
    period: BillingPeriod,
) -> Result<(), PipelineError> {
    let files = context.lake.stored_of(source, period).await?;
    // Read after the list, so that every listed file that counts is among these.
    let Some((current, _)) = context.state.ledger.current_period(source, period).await? else { return Ok(()) };
    let kept = current.files();
    let abandoned = abandoned_before(&context.state);
    for file in files.iter().filter(|file| file.written < abandoned && !kept.contains(&file.path)) {
        context.lake.remove_stored(file).await?;
    }
    Ok(())
}
