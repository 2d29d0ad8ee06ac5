//! azurerm_container_registry: by the day, by kind, in each region that it is replicated to.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("sku").required()?;
    let lower = kind.to_lowercase();
    let of = |words: &str| format!("azure/container_registry/{words}");
    bill.fixed(&format!("Registry, {kind}"), "days", &of(&format!("registry-usage-{lower}")), 30);
    let copies = ["georeplications", "georeplication_locations"]
        .into_iter()
        .find_map(|path| r.items(path).ok().filter(|l| !l.is_empty()));
    let copies = i64::try_from(copies.map_or(0, |l| l.len())).unwrap_or(0);
    if copies > 0 {
        bill.fixed("Replication", "days", &of(&format!("registry-usage-{lower}")), copies.saturating_mul(30));
    }
    // Included storage (Container Registry service tiers, 2026-08).
    let free = whole(match lower.as_str() {
        "premium" => 500,
        "standard" => 100,
        _ => 10,
    });
    let (gigabytes, origin) = bill.usage_figure("storage_gb", 0);
    let beyond = gigabytes
        .try_map(|n| Some(n.max(free).saturating_sub(free)))
        .ok_or_else(|| Unpriced("is out of range".to_owned()));
    bill.usage_quantity("Storage beyond what is included", "GB", &of("storage"), beyond, origin);
    if let Some((hours, origin)) = bill.known_usage("monthly_build_vcpu_hrs") {
        let seconds = hours.ratio(3600, 1).map(Span::exactly).ok_or_else(|| Unpriced("is out of range".to_owned()));
        bill.usage_quantity("Builds", "seconds", &of("build-vcpu"), seconds, origin);
    }
    Ok(())
}
