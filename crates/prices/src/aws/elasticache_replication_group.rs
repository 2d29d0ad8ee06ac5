//! aws_elasticache_replication_group: nodes by the hour, of each shard and its replicas.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let class = r.text("node_type").known_or(String::new());
    if class.is_empty() {
        return Err(Unpriced("the type of its nodes is not known".to_owned()));
    }
    let shards = ["num_node_groups", "cluster_mode.num_node_groups"]
        .into_iter()
        .find_map(|path| r.number(path).optional().ok().flatten());
    let replicas = ["replicas_per_node_group", "cluster_mode.replicas_per_node_group"]
        .into_iter()
        .find_map(|path| r.number(path).optional().ok().flatten());
    let nodes = match shards {
        Some(shards) => product(shards, replicas.unwrap_or_default().saturating_add(whole(1))).unwrap_or(shards),
        None => ["num_cache_clusters", "number_cache_clusters"]
            .into_iter()
            .find_map(|path| r.number(path).optional().ok().flatten())
            .unwrap_or(whole(1)),
    };
    let key = format!("aws/elasticache/on-demand/{class}");
    bill.hourly_class(&format!("Node, {class}"), &key, &class, nodes);
    super::elasticache_cluster::backups(r, bill);
    Ok(())
}
