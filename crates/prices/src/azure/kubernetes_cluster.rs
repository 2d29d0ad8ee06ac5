//! azurerm_kubernetes_cluster: the uptime promise, and the machines and disks of its first pool.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    if r.text("sku_tier").usually("Free".to_owned()) != "Free" {
        bill.hourly("Uptime promise", "azure/kubernetes_cluster/uptime-sla", 1);
    }
    let pool = r.written("default_node_pool").into_iter().next();
    match pool {
        Some(pool) => super::kubernetes_cluster_node_pool::pool(&pool, bill),
        None => bill.untold("First pool", "it is not known"),
    }
    Ok(())
}
