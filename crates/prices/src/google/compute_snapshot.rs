//! google_compute_snapshot: what is kept of a disk.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let of = r.referred("source_disk", "google_compute_disk").and_then(|d| d.number("size").told().ok().flatten());
    match of {
        Some(size) => bill.fixed(
            "Storage",
            "GB",
            "google/compute_snapshot/storage",
            Span { low: Quantity::ZERO, likely: size, high: size },
        ),
        None => bill.used("Storage", "GB", "google/compute_snapshot/storage", "storage_gb", 10),
    }
    Ok(())
}
