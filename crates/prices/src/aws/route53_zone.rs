//! aws_route53_zone: by the month.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.everywhere();
    bill.fixed("Hosted zone", "months", "aws/route53_zone/hosted-zone", 1);
    Ok(())
}
