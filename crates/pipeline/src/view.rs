//! Reading: SQL over the current revisions, and FOCUS exports of them.

use std::io::Write;

#[cfg(feature = "sql")]
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

/// Answers a query of a person over the view `charges`, within the limits of queries.
///
/// # Errors
///
/// When the query is wrong or meets a limit, with what to do.
#[cfg(feature = "sql")]
pub async fn sql(context: &Context, query: &str) -> Result<Answer, PipelineError> {
    let parts = current_parts(&context.state, |_| true).await?;
    Ok(context.lake.query(&parts, query).await?)
}

/// Writes charges as FOCUS 1.2 CSV, of one billing period or of all. Returns how many rows were written.
/// Unless it is `raw`, text that a spreadsheet would take for a formula begins with `'`.
///
/// # Errors
///
/// When a file cannot be read or `out` cannot be written.
pub async fn export_focus(
    context: &Context,
    period: Option<BillingPeriod>,
    raw: bool,
    out: &mut (dyn Write + Send),
) -> Result<u64, PipelineError> {
    let parts = current_parts(&context.state, |p| period.is_none_or(|wanted| p.revision.period == wanted)).await?;
    Ok(context.lake.export_focus(&parts, raw, out).await?)
}
