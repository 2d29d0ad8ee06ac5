//! azurerm_kubernetes_cluster: the uptime SLA, and the instances and disks of its first pool.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.text("sku_tier").known_or("Free".to_owned()) != "Free" {
        bill.hourly("Uptime promise", "azure/kubernetes_cluster/uptime-sla", 1);
    }
    let pool = r.known_items("default_node_pool").into_iter().next();
    match pool {
        Some(pool) => super::kubernetes_cluster_node_pool::pool(&pool, "default_node_pool.", bill),
        None => bill.unpriced("First pool", "it is not known"),
    }
    let sku = "azure/kubernetes_cluster/load-balancer/data-processed";
    bill.known("Load balancer, data processed", "GB", sku, "load_balancer.monthly_data_processed_gb");
    if r.flag("http_application_routing_enabled").known_or(false) {
        bill.fixed("Hosted zone", "months", "azure/kubernetes_cluster/dns/hosted-zone", 1);
    }
    Ok(())
}
