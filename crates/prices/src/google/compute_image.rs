//! google_compute_image and google_compute_machine_image: what is kept.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let kind = r.kind.trim_start_matches("google_");
    match r.number("disk_size_gb").told().ok().flatten() {
        Some(size) => bill.fixed("Storage", "GB", &format!("google/{kind}/storage"), size),
        None => bill.used("Storage", "GB", &format!("google/{kind}/storage"), "storage_gb", 10),
    }
    Ok(())
}
