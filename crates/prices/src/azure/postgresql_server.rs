//! azurerm_postgresql_server and those of MySQL and MariaDB: compute by the vCore, storage, backups.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let class = r.text("sku_name").required()?;
    let lower = class.to_lowercase();
    let parts: Vec<&str> = lower.split('_').collect();
    let [tier, family, cores] = parts.as_slice() else {
        return Err(Unpriced(format!("{class} is not a known class")));
    };
    let cores: i64 = cores.parse().map_err(|_| Unpriced(format!("{class} is not a known class")))?;
    // The three engines cost the same (Azure pricing of single servers, 2026-08).
    bill.hourly(&format!("Compute, {class}"), &format!("azure/db/vcore-{tier}-{family}"), cores);
    let megabytes =
        r.number("storage_mb").optional()?.or(r.number("storage_profile.storage_mb").optional().ok().flatten());
    let size = megabytes.and_then(|mb| mb.ratio(1, 1024)).unwrap_or_else(|| whole(5));
    bill.fixed("Storage", "GB", &format!("azure/db/storage-{tier}"), size);
    let copies = if r.flag("geo_redundant_backup_enabled").known_or(false) { "grs" } else { "lrs" };
    bill.known(
        "Backups beyond the storage",
        "GB",
        &format!("azure/db/backup-{copies}"),
        "additional_backup_storage_gb",
    );
    Ok(())
}
