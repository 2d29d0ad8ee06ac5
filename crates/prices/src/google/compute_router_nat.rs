//! google_compute_router_nat: machines behind it by the hour, and what passes through.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    let (machines, origin) = bill.figure("assigned_vms", 4);
    let hours = machines.try_map(|n| n.ratio(HOURS, 1)).ok_or_else(|| Untold("too many".to_owned()));
    bill.used_so("Machines behind it", "VM-hours", "google/compute_router_nat/assigned-vms", hours, origin);
    bill.used("Data processed", "GB", "google/compute_router_nat/data-processed", "monthly_data_processed_gb", 100);
    Ok(())
}
