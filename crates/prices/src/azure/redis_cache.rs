//! azurerm_redis_cache: nodes by the month, by kind and size; a Premium cache also pays for its shards and replicas.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("sku_name").required()?;
    let (family, size) = (r.text("family").required()?, r.text("capacity").required()?);
    // Basic has one node; the others have a primary and at least one replica.
    let replicas = ["replicas_per_primary", "replicas_per_master"]
        .into_iter()
        .find_map(|name| r.number(name).optional().ok().flatten())
        .filter(|_| kind == "Premium")
        .map_or(whole(1), |n| n.max(whole(1)));
    let copies = if kind == "Basic" { whole(1) } else { replicas.saturating_add(whole(1)) };
    let shards = r.number("shard_count").known_or(whole(1)).max(whole(1));
    let nodes = product(copies, shards).ok_or_else(|| Unpriced("is out of range".to_owned()));
    let sku = format!("azure/redis_cache/cache-usage-{}-{}{size}", kind.to_lowercase(), family.to_lowercase());
    bill.fixed(&format!("Nodes, {kind} {family}{size}"), "nodes", &sku, nodes);
    Ok(())
}
