//! azurerm_container_registry: by the day, by kind.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("sku").required()?;
    bill.fixed(
        &format!("Registry, {kind}"),
        "days",
        &format!("azure/container_registry/registry-usage-{}", kind.to_lowercase()),
        30,
    );
    bill.usage("Storage beyond what is included", "GB", "azure/container_registry/storage", "storage_gb", 10);
    Ok(())
}
