//! google_compute_snapshot: stored data of a disk.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = r.referred("source_disk", "google_compute_disk").and_then(|d| d.number("size").optional().ok().flatten());
    match of {
        Some(size) => bill.fixed(
            "Storage",
            "GB",
            "google/compute_snapshot/storage",
            Span { low: Quantity::ZERO, likely: size, high: size },
        ),
        None => bill.usage("Storage", "GB", "google/compute_snapshot/storage", "storage_gb", 10),
    }
    Ok(())
}
