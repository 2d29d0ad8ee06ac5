//! aws_ecr_repository: image storage.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Storage", "GB", "aws/ecr_repository/storage", "storage_gb", 5);
    Ok(())
}
