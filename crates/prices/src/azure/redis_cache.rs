//! azurerm_redis_cache: nodes by the month, by kind and size.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let kind = r.text("sku_name").needed()?;
    let (family, size) = (r.text("family").needed()?, r.text("capacity").needed()?);
    let copies = if kind == "Basic" { 1 } else { 2 };
    let nodes = r.number("shard_count").usually(one()).max(one()).ratio(copies, 1).unwrap_or_else(one);
    let sku = format!("azure/redis_cache/cache-usage-{}-{}{size}", kind.to_lowercase(), family.to_lowercase());
    bill.fixed(&format!("Nodes, {kind} {family}{size}"), "nodes", &sku, nodes);
    Ok(())
}
