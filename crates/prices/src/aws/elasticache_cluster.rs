//! aws_elasticache_cluster: nodes by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    if r.has("replication_group_id") {
        // The group is what its nodes are counted with.
        return Ok(());
    }
    let class = r.text("node_type").needed()?;
    let nodes = r.number("num_cache_nodes").usually(whole(1));
    let key = format!("aws/elasticache/on-demand/{class}");
    bill.hourly_class(&format!("Node, {class}"), &key, &class, nodes);
    backups(r, bill);
    Ok(())
}

/// Backups beyond the newest, which is free.
pub(super) fn backups(r: &Resource<'_>, bill: &mut Bill<'_>) {
    if r.number("snapshot_retention_limit").usually(Quantity::ZERO) > whole(1) {
        bill.used("Backups", "GB", "aws/elasticache_cluster/backup-storage", "snapshot_storage_size_gb", 10);
    }
}
