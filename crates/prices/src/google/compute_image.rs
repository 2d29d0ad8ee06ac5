//! google_compute_image and google_compute_machine_image: storage.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.kind.trim_start_matches("google_");
    match r.number("disk_size_gb").optional().ok().flatten() {
        Some(size) => bill.fixed("Storage", "GB", &format!("google/{kind}/storage"), size),
        None => bill.usage("Storage", "GB", &format!("google/{kind}/storage"), "storage_gb", 10),
    }
    Ok(())
}
