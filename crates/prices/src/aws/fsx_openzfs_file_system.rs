//! aws_fsx_openzfs_file_system: throughput, storage and operations that are provisioned, by the deployment, and backups.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    // Each deployment has prices of its own; those of the first one have no ending.
    let kind = r.text("deployment_type").known_or("SINGLE_AZ_1".to_owned()).to_lowercase().replace('_', "-");
    let ending = if kind == "single-az-1" { String::new() } else { format!("-{kind}") };
    let of = |words: &str| format!("aws/fsx_openzfs_file_system/{words}{ending}");
    bill.fixed("Throughput", "MBps", &of("throughput-capacity"), r.number("throughput_capacity").required());
    let size = r.number("storage_capacity").required()?;
    bill.fixed("Storage, SSD", "GB", &of("ssd-storage"), size);
    // Three operations per GB are included (FSx User Guide, 2026-08).
    let free = size.ratio(3, 1).unwrap_or_default();
    let iops = r.number("disk_iops_configuration.iops").known_or(free).max(free).saturating_sub(free);
    if iops > Quantity::ZERO {
        bill.fixed("Provisioned IOPS", "IOPS", &of("provisioned-iops"), iops);
    }
    bill.usage("Backups", "GB", "aws/fsx_openzfs_file_system/backup-storage", "backup_storage_gb", 10);
    Ok(())
}
