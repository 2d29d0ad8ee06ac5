//! aws_route53_health_check: by the month.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.everywhere();
    bill.fixed("Health check", "months", "aws/route53_health_check/health-check", 1);
    Ok(())
}
