//! aws_route53_zone: by the month.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.priced_globally();
    bill.fixed("Hosted zone", "months", "aws/route53_zone/hosted-zone", 1);
    Ok(())
}
