//! aws_neptune_cluster: storage and operations; its instances are separate resources.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Storage", "GB", "aws/neptune_cluster/storage", "storage_gb", 10);
    bill.usage("I/O requests", "1M request", "aws/neptune_cluster/i/o-requests", "monthly_io_requests", 1_000_000);
    bill.known("Backups", "GB", "aws/neptune_cluster/backup-storage", "backup_storage_gb");
    Ok(())
}
