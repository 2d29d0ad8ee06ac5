//! azurerm_snapshot: stored data of a disk.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = r
        .referred("source_uri", "azurerm_managed_disk")
        .and_then(|d| d.number("disk_size_gb").optional().ok().flatten());
    match r.number("disk_size_gb").optional().ok().flatten().or(of) {
        Some(size) => bill.fixed(
            "Storage",
            "GB",
            "azure/snapshot/storage",
            Span { low: Quantity::ZERO, likely: size, high: size },
        ),
        None => bill.usage("Storage", "GB", "azure/snapshot/storage", "storage_gb", 30),
    }
    Ok(())
}
