//! google_compute_target_https_proxy and similar types: regional proxies by the hour, and processed data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.kind.trim_start_matches("google_");
    // The figure is a number of instances, not of hours.
    let (instances, origin) = bill.usage_figure("monthly_proxy_instances", 1);
    let hours = instances.try_map(|n| n.ratio(HOURS, 1)).ok_or_else(|| Unpriced("is out of range".to_owned()));
    bill.usage_quantity("Proxy instances", "hours", &format!("google/{kind}/proxy-instance"), hours, origin);
    bill.usage("Data processed", "GB", &format!("google/{kind}/data-processed"), "monthly_data_processed_gb", 100);
    Ok(())
}
