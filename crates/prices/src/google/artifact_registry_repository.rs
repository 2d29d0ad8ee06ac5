//! google_artifact_registry_repository: what is kept.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.used("Storage", "GB", "google/artifact_registry_repository/storage", "storage_gb", 10);
    Ok(())
}
