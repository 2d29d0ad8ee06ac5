//! The month of a question: the one that is named, or the newest that has ended.

use tollgate_model::{BillingPeriod, Day};

use crate::{PipelineError, State};

/// Returns the named month, or the newest month of the store that has ended; of a store without one, the newest.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub async fn newest_month(state: &State, named: Option<BillingPeriod>) -> Result<BillingPeriod, PipelineError> {
    if let Some(period) = named {
        return Ok(period);
    }
    let today = Day::of(state.now());
    let mut months: Vec<BillingPeriod> = state.ledger.periods().await?.iter().map(|p| p.revision.period).collect();
    months.sort_by_key(|month| month.first_day());
    let ended = months.iter().rev().find(|month| month.next().first_day() <= today);
    ended.or(months.last()).copied().ok_or(PipelineError::Empty)
}
