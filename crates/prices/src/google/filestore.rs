//! Filestore: the capacity of instances by their tier, and backups.
//!
//! Source: Google Cloud, "Filestore pricing" and "Service tiers". Read 2026-11-28.

use crate::prelude::*;

/// google_filestore_instance: the capacity of its shares, used or not.
pub(super) fn instance(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    // The older names of two tiers.
    let tier = match r.text("tier").required()?.as_str() {
        "STANDARD" => "BASIC_HDD".to_owned(),
        "PREMIUM" => "BASIC_SSD".to_owned(),
        other => other.to_owned(),
    };
    let slug = tier.to_lowercase().replace('_', "-");
    let mut capacity = Quantity::ZERO;
    for share in r.items("file_shares")? {
        capacity = capacity.saturating_add(share.number("capacity_gb").required()?);
    }
    bill.fixed(&format!("Capacity, {slug}"), "GB", &format!("google/filestore/capacity-{slug}"), capacity);
    if r.has("performance_config") {
        bill.unpriced("Provisioned operations", "their price depends on the capacity, and is not known");
    }
    Ok(())
}

/// google_filestore_backup.
pub(super) fn backup(_: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    bill.usage("Backup", "GB", "google/filestore/backup", "storage_gb", 100);
    Ok(())
}
