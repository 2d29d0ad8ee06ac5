//! google_redis_instance: memory by the GB, by tier and size.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let size = r.number("memory_size_gb").required()?;
    let tier = if r.text("tier").known_or("BASIC".to_owned()) == "STANDARD_HA" { "standard" } else { "basic" };
    // Capacity tiers (Memorystore documentation, 2026-08).
    let step =
        [(4, 1), (10, 2), (35, 3), (100, 4)].into_iter().find(|(gb, _)| size <= whole(*gb)).map_or(5, |(_, n)| n);
    let sku = format!("google/redis_instance/redis-instance-{tier}-m{step}");
    bill.fixed(&format!("Memory, {tier}, M{step}"), "GB", &sku, size);
    Ok(())
}
