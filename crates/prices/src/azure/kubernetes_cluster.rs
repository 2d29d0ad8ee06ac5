//! azurerm_kubernetes_cluster: the uptime SLA, and the instances and disks of its first pool.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.text("sku_tier").known_or("Free".to_owned()) != "Free" {
        bill.hourly("Uptime promise", "azure/kubernetes_cluster/uptime-sla", 1);
    }
    let pool = r.known_items("default_node_pool").into_iter().next();
    match pool {
        Some(pool) => super::kubernetes_cluster_node_pool::pool(&pool, bill),
        None => bill.unpriced("First pool", "it is not known"),
    }
    Ok(())
}
