//! google_container_cluster: the management fee, and the nodes of its first pool.

use crate::prelude::*;

use super::container_node_pool::pool;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let of = |words: &str| format!("google/container_cluster/{words}");
    if r.flag("enable_autopilot").usually(false) {
        bill.hourly("Autopilot", &of("autopilot"), 1);
        bill.used("Cores of its pods", "vCPU", &of("autopilot-vcpu"), "autopilot_vcpu_count", 1);
        bill.used("Memory of its pods", "GB", &of("autopilot-memory"), "autopilot_memory_gb", 4);
        return Ok(());
    }
    bill.hourly("Cluster management", &of("cluster-management-fee"), 1);
    let zones = r.written("node_locations").len();
    for block in r.written("node_pool") {
        pool(&block, zones, "Pool: ", bill)?;
    }
    if r.written("node_pool").is_empty() && !r.flag("remove_default_node_pool").usually(false) {
        pool(r, zones, "First pool: ", bill)?;
    }
    Ok(())
}
