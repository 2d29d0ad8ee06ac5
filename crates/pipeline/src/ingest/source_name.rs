//! The source that charges are kept under, and whether new charges are those of the same accounts.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_model::provider::{canonical_billing_account, canonical_provider};
use tollgate_model::series::SeriesMonth;
use tollgate_model::{BillingPeriod, SourceId};

use super::arriving::FilePart;
use super::{BillingKey, IngestReport, file_name};
use crate::aggregate::Aggregate;
use crate::{Context, PipelineError};

/// Replaces the source of each part by the one that its charges are kept under, before any of them becomes current.
pub(super) async fn keep_sources(
    context: &Context,
    parts: &mut [FilePart],
    report: &IngestReport,
) -> Result<(), PipelineError> {
    let files: Vec<String> = report.files.iter().map(|file| file_name(&file.input)).collect();
    let mut known: BTreeMap<BillingKey, SourceId> = BTreeMap::new();
    let mut places: BTreeMap<BillingKey, BTreeSet<Account>> = BTreeMap::new();
    for part in parts.iter() {
        let accounts = places.entry((part.source.clone(), part.period)).or_default();
        accounts.extend(part.arrived.aggregate.accounts());
    }
    for ((source, period), accounts) in places {
        let kept = kept_source(context, source.clone(), period, &accounts, &files).await?;
        known.insert((source, period), kept);
    }
    for part in parts {
        if let Some(kept) = known.get(&(part.source.clone(), part.period)) {
            part.source = kept.clone();
        }
    }
    Ok(())
}

/// Provider and billing account.
type Account = (Option<String>, Option<String>);

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
    accounts: &BTreeSet<Account>,
    files: &[String],
) -> Result<SourceId, PipelineError> {
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
    let canonical = |provider: Option<&str>, account: Option<&str>| -> Account {
        (provider.map(|p| canonical_provider(p).to_owned()), account.map(canonical_billing_account))
    };
    let of = |s: &SeriesMonth| canonical(s.key.provider.as_deref(), s.key.billing_account.as_deref());
    let kept: BTreeSet<Account> = old.iter().map(of).collect();
    let new: BTreeSet<Account> = new.accounts().iter().map(|(p, a)| canonical(p.as_deref(), a.as_deref())).collect();
    let named = |all: &BTreeSet<Account>, by: fn(&Account) -> Option<String>| {
        all.iter().filter_map(by).collect::<BTreeSet<String>>()
    };
    for by in [|(_, a): &Account| a.clone(), |(p, _): &Account| p.clone()] {
        let (was, is) = (named(&kept, by), named(&new, by));
        if was.is_empty() || is.is_empty() {
            continue;
        }
        let text = |names: &BTreeSet<String>| names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        return was.is_disjoint(&is).then(|| (text(&was), text(&is)));
    }
    None
}
