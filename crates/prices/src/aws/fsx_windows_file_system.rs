//! aws_fsx_windows_file_system: throughput, storage and operations that are provisioned, in one zone or several, and backups.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let several = r.text("deployment_type").known_or("SINGLE_AZ_1".to_owned()).starts_with("MULTI");
    let ending = if several { "" } else { "-single-az" };
    let of = |words: &str| format!("aws/fsx_windows_file_system/{words}{ending}");
    bill.fixed("Throughput", "MBps", &of("throughput-capacity"), r.number("throughput_capacity").required());
    let kind = r.text("storage_type").known_or("SSD".to_owned());
    let size = r.number("storage_capacity").required();
    bill.fixed(&format!("Storage, {kind}"), "GB", &of(&format!("{}-storage", kind.to_lowercase())), size.clone());
    super::by_class::provisioned_iops(r, size, &of("provisioned-iops"), bill);
    bill.usage("Backups", "GB", "aws/fsx_windows_file_system/backup-storage", "backup_storage_gb", 10);
    Ok(())
}
