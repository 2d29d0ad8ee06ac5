//! google_compute_router_nat: instances behind it by the hour, and processed data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    let (machines, origin) = bill.usage_figure("assigned_vms", 4);
    let hours = machines.try_map(|n| n.ratio(HOURS, 1)).ok_or_else(|| Unpriced("too many".to_owned()));
    bill.usage_quantity("Machines behind it", "VM-hours", "google/compute_router_nat/assigned-vms", hours, origin);
    bill.usage("Data processed", "GB", "google/compute_router_nat/data-processed", "monthly_data_processed_gb", 100);
    Ok(())
}
