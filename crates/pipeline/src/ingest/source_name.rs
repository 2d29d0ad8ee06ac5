//! The source that charges are kept under, and whether new charges are those of the same accounts.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_model::series::SeriesMonth;
use tollgate_model::{BillingPeriod, SourceId};

use super::{Arriving, BillingKey, IngestReport, file_name};
use crate::aggregate::Aggregate;
use crate::{Context, PipelineError};

/// Returns, for each billing period, the source that its charges are kept under, before any of them becomes current.
pub(super) async fn kept_sources(
    context: &Context,
    arriving: &BTreeMap<BillingKey, Arriving>,
    report: &IngestReport,
) -> Result<Vec<SourceId>, PipelineError> {
    let files: Vec<String> = report.files.iter().map(|file| file_name(&file.input)).collect();
    let mut out = Vec::with_capacity(arriving.len());
    for ((source, period), arrived) in arriving {
        out.push(kept_source(context, source.clone(), *period, &arrived.aggregate, &files).await?);
    }
    Ok(out)
}

/// Returns the source that an account's charges of a month are already kept under: an old name, from before names were unique,
/// stays as long as the month holds charges of that account only. `files` are the names of the import's files.
///
/// # Errors
///
/// [`PipelineError::SharedName`] when the old name holds charges of several accounts: under a second name they would count twice.
async fn kept_source(
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
    if legacy == source || context.state.ledger.current_period(&source, period).await?.is_some() {
        return Ok(source);
    }
    let Some((current, _)) = context.state.ledger.current_period(&legacy, period).await? else { return Ok(source) };
    let kept = context.state.ledger.series_of(&current.revision).await?;
    let is_same = |s: &SeriesMonth| s.key.provider == *provider && s.key.billing_account == *account;
    if !kept.iter().any(is_same) {
        return Ok(source);
    }
    if kept.iter().all(is_same) { Ok(legacy) } else { Err(PipelineError::SharedName { source_id: legacy, period }) }
}

/// Returns the accounts kept and the new ones when they have none in common.
pub(super) fn other_accounts(old: &[SeriesMonth], new: &Aggregate) -> Option<(String, String)> {
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
