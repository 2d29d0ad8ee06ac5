//! Clusters of virtual machines whose service has a price by the node: HDInsight, machine learning.

use crate::prelude::*;

use crate::observations::{machine, slug};

/// azurerm_hdinsight_*_cluster: head, worker, ZooKeeper and edge nodes by the hour.
pub(super) fn hdinsight(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    // Sizes cost the same in every kind of cluster. A cluster has two head nodes and three of ZooKeeper.
    for (block, name, usual) in [
        ("head_node", "Head node", 2),
        ("worker_node", "Worker node", 0),
        ("region_node", "Region node", 0),
        ("zookeeper_node", "ZooKeeper node", 3),
        ("edge_node", "Edge node", 0),
        ("kafka_management_node", "Management node", 2),
    ] {
        let blocks = match r.known_items(&format!("roles.{block}")) {
            found if found.is_empty() => r.known_items(block),
            found => found,
        };
        for node in blocks {
            let count = node.number("target_instance_count").known_or(whole(usual));
            match node.text("vm_size").required() {
                Ok(size) => bill.hourly(
                    &format!("{name}, {size}"),
                    &format!("azure/hdinsight/{}", slug(&size.replace('_', "-"))),
                    count,
                ),
                Err(why) => bill.unpriced(name, &why.0),
            }
            let disks = node.number("number_of_disks_per_node").known_or(Quantity::ZERO);
            if disks > Quantity::ZERO {
                let disks = product(disks, count).ok_or_else(|| Unpriced("is out of range".to_owned()));
                bill.fixed("Managed disks, S30", "months", "azure/hdinsight_kafka_cluster/managed-os-disks", disks);
            }
        }
    }
    Ok(())
}

/// azurerm_machine_learning_compute_instance and _compute_cluster: the machine by the hour it runs.
pub(super) fn machine_learning(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let cluster = r.kind.ends_with("_cluster");
    let field = if cluster { "vm_size" } else { "virtual_machine_size" };
    let size = r.text(field).required()?;
    let key = machine("azure", "linux", &size);
    let name = format!("Instance, linux, {size}");
    if cluster {
        let (least, most) = (
            r.number("scale_settings.min_node_count").required()?,
            r.number("scale_settings.max_node_count").required()?,
        );
        if let Some((instances, _)) = bill.known_usage("instances") {
            return bill.repeat("", Span::exactly(instances), |bill| running(&name, &key, bill));
        }
        // Idle nodes are removed down to the minimum.
        return bill.repeat("", Span::between(least, least.max(whole(1)).min(most.max(whole(1))), most), |bill| {
            running(&name, &key, bill)
        });
    }
    running(&name, &key, bill)
}

fn running(name: &str, key: &str, bill: &mut Bill<'_>) -> Estimated<()> {
    match bill.known_usage("monthly_hrs") {
        Some((hours, origin)) => bill.usage_quantity(name, "hours", key, Ok(Span::exactly(hours)), origin),
        None => bill.hourly(name, key, 1),
    }
    Ok(())
}
