//! google_container_cluster: the management fee, and the nodes of its first pool.

use crate::prelude::*;

use super::container_node_pool::{pool, zones};
use crate::resource::Attributes;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("google/container_cluster/{words}");
    if r.flag("enable_autopilot").known_or(false) {
        bill.hourly("Autopilot", &of("autopilot"), 1);
        bill.usage("Cores of its pods", "vCPU", &of("autopilot-vcpu"), "autopilot_vcpu_count", 1);
        bill.usage("Memory of its pods", "GB", &of("autopilot-memory"), "autopilot_memory_gb", 4);
        bill.known(
            "Ephemeral storage of its pods",
            "GB",
            &of("autopilot-ephemeral-storage"),
            "autopilot_ephemeral_storage_gb",
        );
        return Ok(());
    }
    bill.hourly("Cluster management", &of("cluster-management-fee"), 1);
    let none = Attributes::new(tollgate_expression::Value::Null);
    let zones = |block: &Attributes| zones(block, r.attributes());
    for block in r.known_items("node_pool") {
        pool(&block, zones(&block), "Pool: ", bill)?;
    }
    if r.known_items("node_pool").is_empty() && !r.flag("remove_default_node_pool").known_or(false) {
        pool(r.attributes(), zones(&none), "First pool: ", bill)?;
    }
    Ok(())
}
