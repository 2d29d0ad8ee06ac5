//! Reading: SQL over the current revisions, and FOCUS exports of them.

use std::io::Write;

use tollgate_lake::Answer;
use tollgate_ledger::CurrentPeriod;
use tollgate_model::{BillingPeriod, Revision};

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

/// Answers a query over the view `charges`.
///
/// # Errors
///
/// When the query is wrong, with what to do.
pub async fn sql(context: &Context, query: &str) -> Result<Answer, PipelineError> {
    let parts = current_parts(context, |_| true).await?;
    Ok(context.lake.sql(&parts, query).await?)
}

/// Writes charges as FOCUS 1.2 CSV, of one billing period or of all. Returns how many rows were written.
///
/// # Errors
///
/// When a file cannot be read or `out` cannot be written.
pub async fn export_focus(
    context: &Context,
    period: Option<BillingPeriod>,
    out: &mut (dyn Write + Send),
) -> Result<u64, PipelineError> {
    let parts = current_parts(context, |p| period.is_none_or(|wanted| p.revision.period == wanted)).await?;
    Ok(context.lake.export_focus(&parts, out).await?)
}
