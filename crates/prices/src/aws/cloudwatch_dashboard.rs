//! aws_cloudwatch_dashboard: by the month.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.priced_globally();
    bill.fixed("Dashboard", "months", "aws/cloudwatch_dashboard/dashboard", 1);
    Ok(())
}
