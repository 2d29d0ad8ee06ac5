//! aws_athena_workgroup: what queries read. The price a TB is not in the book; one's own is taken.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.used("Data read by queries", "TB", "aws/athena_workgroup/data-scanned", "monthly_data_scanned_tb", 1);
    Ok(())
}
