//! azurerm_postgresql_server and the one of MySQL: compute by its class, storage.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = if r.kind.contains("mysql") { "mysql_server" } else { "postgresql_server" };
    let class = r.text("sku_name").required()?;
    bill.hourly(
        &format!("Compute, {class}"),
        &format!("azure/{kind}/compute-{}", class.to_lowercase().replace('_', "-")),
        1,
    );
    let megabytes =
        r.number("storage_mb").optional()?.or(r.number("storage_profile.storage_mb").optional().ok().flatten());
    let size = megabytes.and_then(|mb| mb.ratio(1, 1024)).unwrap_or_else(|| whole(5));
    bill.fixed("Storage", "GB", &format!("azure/{kind}/storage"), size);
    Ok(())
}
