//! google_compute_target_https_proxy and its kin: proxies by the hour where they are of a region, and what passes through.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let kind = r.kind.trim_start_matches("google_");
    bill.used("Proxy instances", "hours", &format!("google/{kind}/proxy-instance"), "monthly_proxy_instances", HOURS);
    bill.used("Data processed", "GB", &format!("google/{kind}/data-processed"), "monthly_data_processed_gb", 100);
    Ok(())
}
