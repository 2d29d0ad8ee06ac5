//! Azure virtual machines by the hour, with their disks.

use crate::prelude::*;

use crate::observations::machine;

/// Adds machines of a size.
pub(super) fn instances(size: Estimated<String>, os: &str, count: Span<Quantity>, bill: &mut Bill<'_>) {
    let size = match size {
        Ok(size) => size,
        Err(why) => return bill.unpriced("Instance", &why.0),
    };
    bill.hourly(&format!("Instance, {os}, {size}"), &machine("azure", os, &size), count);
}

/// The sizes of managed disks in GB, by number: 4 is 32 GB (Azure documentation of disk types, 2026-08).
const SIZES: [(i64, u32); 9] =
    [(32, 4), (64, 6), (128, 10), (256, 15), (512, 20), (1024, 30), (2048, 40), (4096, 50), (8192, 60)];

/// Adds a managed disk. The next larger size is billed.
pub(super) fn disk(name: &str, kind: &str, size: Estimated<Quantity>, bill: &mut Bill<'_>) {
    let letter = match kind {
        "Premium_LRS" | "Premium_ZRS" => 'P',
        "StandardSSD_LRS" | "StandardSSD_ZRS" => 'E',
        "Standard_LRS" => 'S',
        other => return bill.unpriced(&format!("{name}Disk, {other}"), "this kind of disk has no price yet"),
    };
    let redundancy = if kind.ends_with("ZRS") { "zrs" } else { "lrs" };
    let size = match size {
        Ok(size) => size,
        Err(why) => return bill.unpriced(&format!("{name}Disk"), &why.0),
    };
    match SIZES.iter().find(|(gb, _)| whole(*gb) >= size) {
        Some((_, n)) => {
            let sku = format!("azure/managed_disk/storage-{}{n}-{redundancy}", letter.to_ascii_lowercase());
            bill.fixed(&format!("{name}Disk, {letter}{n}"), "months", &sku, 1);
        }
        None => bill.unpriced(&format!("{name}Disk"), "no disk size is large enough"),
    }
}

/// The default size of an image's disk: 30 GB for Linux, 127 GB for Windows (Azure documentation, 2026-08).
pub(super) fn usual_disk(os: &str) -> Quantity {
    whole(if os == "windows" { 127 } else { 30 })
}
