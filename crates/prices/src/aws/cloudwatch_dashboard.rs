//! aws_cloudwatch_dashboard: by the month.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.everywhere();
    bill.fixed("Dashboard", "months", "aws/cloudwatch_dashboard/dashboard", 1);
    Ok(())
}
