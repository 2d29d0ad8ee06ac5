//! aws_fsx_windows_file_system: throughput and storage that are provisioned, backups.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("aws/fsx_windows_file_system/{words}");
    if r.text("deployment_type").known_or("SINGLE_AZ_1".to_owned()).starts_with("MULTI") {
        bill.fixed("Throughput", "MBps", &of("throughput-capacity"), r.number("throughput_capacity").required());
        let kind = r.text("storage_type").known_or("SSD".to_owned());
        let sku = of(&format!("{}-storage", kind.to_lowercase()));
        bill.fixed(&format!("Storage, {kind}"), "GB", &sku, r.number("storage_capacity").required());
    } else {
        bill.unpriced("Throughput and storage in one zone", "only file systems in several zones have prices yet");
    }
    bill.usage("Backups", "GB", &of("backup-storage"), "backup_storage_gb", 10);
    Ok(())
}
