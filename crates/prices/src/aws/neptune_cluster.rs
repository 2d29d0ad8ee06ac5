//! aws_neptune_cluster: storage and operations; its machines are resources of their own.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.used("Storage", "GB", "aws/neptune_cluster/storage", "storage_gb", 10);
    bill.used("I/O requests", "1M request", "aws/neptune_cluster/i/o-requests", "monthly_io_requests", 1_000_000);
    Ok(())
}
