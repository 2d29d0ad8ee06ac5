//! aws_elasticache_replication_group: nodes by the hour, of each shard and its replicas, between the limits of scaling targets.

use super::scaling::scaled;
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
        Some(shards) => {
            let shards = scaled(r, "elasticache:replication-group:NodeGroups", shards);
            let replicas = scaled(r, "elasticache:replication-group:Replicas", replicas.unwrap_or_default());
            let nodes = |shards: Quantity, replicas: Quantity| product(shards, replicas.saturating_add(whole(1)));
            let all = nodes(shards.low, replicas.low)
                .zip(nodes(shards.likely, replicas.likely))
                .zip(nodes(shards.high, replicas.high));
            all.map(|((low, likely), high)| Span { low, likely, high })
                .ok_or_else(|| Unpriced("is out of range".to_owned()))
        }
        None => ["num_cache_clusters", "number_cache_clusters"]
            .into_iter()
            .find_map(|path| r.number(path).optional().ok().flatten())
            .map_or(Ok(Span::exactly(whole(1))), |nodes| Ok(Span::exactly(nodes))),
    };
    let key = format!("aws/elasticache/on-demand/{class}");
    bill.hourly_class(&format!("Node, {class}"), &key, &class, nodes);
    super::elasticache_cluster::backups(r, bill);
    Ok(())
}
