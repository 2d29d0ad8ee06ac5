//! The month of a command: the one that is named, or the newest that has ended.

use anyhow::bail;
use tollgate_model::{BillingPeriod, Day};
use tollgate_pipeline::Context;

/// Returns the named month, or the newest month of the store that has ended; of a store without one, the newest.
pub(crate) async fn newest_month(context: &Context, named: Option<BillingPeriod>) -> anyhow::Result<BillingPeriod> {
    if let Some(period) = named {
        return Ok(period);
    }
    let today = Day::of(context.state.clock.now());
    let mut months: Vec<BillingPeriod> =
        context.state.ledger.periods().await?.iter().map(|p| p.revision.period).collect();
    months.sort_by_key(|month| month.first_day());
    let ended = months.iter().rev().find(|month| month.next().first_day() <= today);
    match ended.or(months.last()) {
        Some(month) => Ok(*month),
        None => bail!(
            "the store holds no charges yet\nhint: run `tollgate ingest FILE…` first, or `tollgate demo` for an example"
        ),
    }
}
