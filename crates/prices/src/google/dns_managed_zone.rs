//! google_dns_managed_zone: by the month.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.fixed("Managed zone", "months", "google/dns_managed_zone/managed-zone", 1);
    Ok(())
}
