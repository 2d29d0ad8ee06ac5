//! google_redis_cluster: nodes of its shards and replicas by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("node_type").known_or("REDIS_HIGHMEM_MEDIUM".to_owned());
    let shards = r.number("shard_count").required()?;
    let replicas = r.number("replica_count").known_or(Quantity::ZERO).saturating_add(whole(1));
    let nodes = product(shards, replicas).ok_or_else(|| Unpriced("is out of range".to_owned()));
    let slug = kind.trim_start_matches("REDIS_").to_lowercase().replace('_', "-");
    bill.hourly(&format!("Nodes, {kind}"), &format!("google/redis_cluster/cluster-node-{slug}"), nodes);
    if r.text("persistence_config.mode").known_or("DISABLED".to_owned()) == "AOF" {
        bill.unpriced("Persistence to files", "the size of the data of its nodes is not known");
    }
    bill.known("Backups", "GB", "google/redis_cluster/backups", "backup_storage_gb");
    Ok(())
}
