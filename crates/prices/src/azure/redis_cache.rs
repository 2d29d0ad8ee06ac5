//! azurerm_redis_cache: nodes by the month, by kind and size.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("sku_name").required()?;
    let (family, size) = (r.text("family").required()?, r.text("capacity").required()?);
    let copies = if kind == "Basic" { 1 } else { 2 };
    let nodes = r.number("shard_count").known_or(whole(1)).max(whole(1)).ratio(copies, 1).unwrap_or_else(|| whole(1));
    let sku = format!("azure/redis_cache/cache-usage-{}-{}{size}", kind.to_lowercase(), family.to_lowercase());
    bill.fixed(&format!("Nodes, {kind} {family}{size}"), "nodes", &sku, nodes);
    Ok(())
}
