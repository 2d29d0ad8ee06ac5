//! google_artifact_registry_repository: storage.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Storage", "GB", "google/artifact_registry_repository/storage", "storage_gb", 10);
    Ok(())
}
