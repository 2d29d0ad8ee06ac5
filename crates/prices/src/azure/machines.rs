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

/// Adds one machine with its license: the hybrid benefit brings the one of Windows along.
pub(super) fn instances_of(size: Estimated<String>, os: &str, license: &str, bill: &mut Bill<'_>) {
    let brought = matches!(license, "Windows_Server" | "Windows_Client");
    if os == "windows" && brought {
        let named = size.map(|size| (machine("azure", "linux", &size), size));
        match named {
            Ok((key, size)) => {
                bill.hourly(&format!("Instance, windows with hybrid benefit, {size}"), &key, running(bill))
            }
            Err(why) => bill.unpriced("Instance", &why.0),
        }
        return;
    }
    let hours = running(bill);
    instances(size, os, hours, bill);
}

/// Returns the part of the month that a machine runs: by a usage file, or all of it.
fn running(bill: &Bill<'_>) -> Span<Quantity> {
    let part = bill.known_usage("monthly_hrs").and_then(|(hours, _)| hours.ratio(1, HOURS));
    Span::exactly(part.unwrap_or_else(|| whole(1)))
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
