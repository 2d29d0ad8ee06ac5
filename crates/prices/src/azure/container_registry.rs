//! azurerm_container_registry: by the day, by kind.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let kind = r.text("sku").needed()?;
    bill.fixed(
        &format!("Registry, {kind}"),
        "days",
        &format!("azure/container_registry/registry-usage-{}", kind.to_lowercase()),
        30,
    );
    bill.used("Storage beyond what is included", "GB", "azure/container_registry/storage", "storage_gb", 10);
    Ok(())
}
