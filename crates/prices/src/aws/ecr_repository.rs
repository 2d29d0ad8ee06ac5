//! aws_ecr_repository: what its images take.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.used("Storage", "GB", "aws/ecr_repository/storage", "storage_gb", 5);
    Ok(())
}
