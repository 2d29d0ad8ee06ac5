//! aws_athena_workgroup: data scanned by queries. The price per TB is not in the book; a negotiated price is used.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Data read by queries", "TB", "aws/athena_workgroup/data-scanned", "monthly_data_scanned_tb", 1);
    Ok(())
}
