//! google_dns_record_set: queries.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.used("Queries", "1M queries", "google/dns_record_set/queries", "monthly_queries", 1_000_000);
    Ok(())
}
