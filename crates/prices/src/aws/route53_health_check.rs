//! aws_route53_health_check: by the month.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.priced_globally();
    bill.fixed("Health check", "months", "aws/route53_health_check/health-check", 1);
    Ok(())
}
