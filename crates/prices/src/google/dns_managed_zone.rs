//! google_dns_managed_zone: by the month.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.fixed("Managed zone", "months", "google/dns_managed_zone/managed-zone", 1);
    Ok(())
}
