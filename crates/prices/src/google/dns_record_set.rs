//! google_dns_record_set: queries.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Queries", "1M queries", "google/dns_record_set/queries", "monthly_queries", 1_000_000);
    Ok(())
}
