//! aws_elasticache_cluster: nodes by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.has("replication_group_id") {
        // The nodes are counted with the replication group.
        return Ok(());
    }
    let class = r.text("node_type").required()?;
    let nodes = r.number("num_cache_nodes").known_or(whole(1));
    let key = format!("aws/elasticache/on-demand/{class}");
    bill.hourly_class(&format!("Node, {class}"), &key, &class, nodes);
    backups(r, bill);
    Ok(())
}

/// Adds backups beyond the newest, which is free.
pub(super) fn backups(r: &EstimateInput<'_>, bill: &mut Bill<'_>) {
    if r.number("snapshot_retention_limit").known_or(Quantity::ZERO) > whole(1) {
        bill.usage("Backups", "GB", "aws/elasticache_cluster/backup-storage", "snapshot_storage_size_gb", 10);
    }
}
