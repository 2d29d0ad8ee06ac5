//! Reading: SQL over the current revisions, and FOCUS exports of them.

#[cfg(feature = "sql")]
use std::collections::BTreeMap;
use std::io::Write;

#[cfg(feature = "sql")]
use jiff::Timestamp;
#[cfg(feature = "sql")]
use tollgate_lake::{Answer, ImportedPeriod, Supplements};
use tollgate_lake::{ChargeView, ExportForm};
use tollgate_ledger::CurrentPeriod;
use tollgate_model::{BillingPeriod, Revision};
#[cfg(feature = "sql")]
use tollgate_model::{Day, FocusDataset};

use crate::{Context, PipelineError, State};

/// The files that count, of the billing periods that `wanted` names.
///
/// # Errors
///
/// When the ledger fails.
pub async fn current_parts(
    state: &State,
    wanted: impl Fn(&CurrentPeriod) -> bool,
) -> Result<Vec<(Revision, Vec<String>)>, PipelineError> {
    let periods = state.ledger.periods().await?;
    Ok(periods.into_iter().filter(|p| wanted(p)).map(|p| (p.revision, p.parts)).collect())
}

/// Answers a query of a person over the view `charges` and the tables beside it, within the limits of queries. The view has the
/// dimensions of the policy as columns: `x_team` and `dimensions['team']`.
///
/// # Errors
///
/// When the query is wrong or meets a limit, with what to do.
#[cfg(feature = "sql")]
pub async fn sql(context: &Context, query: &str) -> Result<Answer, PipelineError> {
    let files = current_parts(&context.state, |_| true).await?;
    let columns = crate::costs::dimension_columns(&context.state.policy.dimensions);
    let lake = context.lake.clone().with_supplements(supplements(context).await?);
    Ok(lake.query_view(ChargeView::new(&files, &columns), query).await?)
}

/// What the ledger and the policy file know of billing periods and commitments.
#[cfg(feature = "sql")]
async fn supplements(context: &Context) -> Result<Supplements, PipelineError> {
    let state = &context.state;
    let mut stated = BTreeMap::new();
    for dataset in FocusDataset::ALL {
        stated.insert(dataset, crate::datasets::read(&context.lake, dataset).await?);
    }
    let instant = |day: Day| Timestamp::from_second(day.first_second()).unwrap_or_default();
    let mut periods: BTreeMap<BillingPeriod, ImportedPeriod> = BTreeMap::new();
    for current in state.ledger.periods().await? {
        let month = current.revision.period;
        let first = current.replaced.iter().map(|old| old.imported_at).min();
        let (created, updated) = (first.unwrap_or(current.imported_at), current.imported_at);
        let start = instant(month.first_day());
        let period = periods.entry(month).or_insert(ImportedPeriod { start, created, updated });
        period.created = period.created.min(created);
        period.updated = period.updated.max(updated);
    }
    let ends = state.policy.commitments.iter().map(|end| (end.id.clone(), instant(end.ends.plus(1))));
    Ok(Supplements {
        now: Some(state.clock.now()),
        periods: periods.into_values().collect(),
        commitment_ends: ends.collect(),
        stated,
    })
}

/// Writes charges as FOCUS, of one billing period or of all, with the dimensions of the policy as columns `x_team`. Returns how many rows
/// were written.
///
/// # Errors
///
/// When a file cannot be read or `out` cannot be written.
pub async fn export_focus(
    context: &Context,
    period: Option<BillingPeriod>,
    form: ExportForm,
    out: &mut (dyn Write + Send),
) -> Result<u64, PipelineError> {
    let parts = current_parts(&context.state, |p| period.is_none_or(|wanted| p.revision.period == wanted)).await?;
    let columns = crate::costs::dimension_columns(&context.state.policy.dimensions);
    Ok(context.lake.export_focus(ChargeView::new(&parts, &columns), form, out).await?)
}
