//! google_compute_target_https_proxy and similar types: regional proxies by the hour, and processed data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.kind.trim_start_matches("google_");
    bill.usage("Proxy instances", "hours", &format!("google/{kind}/proxy-instance"), "monthly_proxy_instances", HOURS);
    bill.usage("Data processed", "GB", &format!("google/{kind}/data-processed"), "monthly_data_processed_gb", 100);
    Ok(())
}
