//! azurerm_postgresql_flexible_server and the one of MySQL: compute by its class, storage.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = if r.kind.contains("mysql") { "mysql_flexible_server" } else { "postgresql_flexible_server" };
    let class = r.text("sku_name").required()?;
    let sku = format!("azure/{kind}/compute-{}", class.to_lowercase().replace('_', "-"));
    let zones = if r.has("high_availability") { 2 } else { 1 };
    bill.hourly(&format!("Compute, {class}"), &sku, zones);
    let size = match r.number("storage_mb").optional().ok().flatten() {
        Some(mb) => mb.ratio(1, 1024).unwrap_or_default(),
        None => r.number("storage.size_gb").known_or(whole(32)),
    };
    bill.fixed("Storage", "GB", &format!("azure/{kind}/storage"), size);
    Ok(())
}
