//! aws_wafv2_web_acl: by the month, its rules, requests.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    bill.fixed("Web ACL", "months", "aws/wafv2_web_acl/web-acl-usage", 1);
    bill.fixed("Rules", "rules", "aws/wafv2_web_acl/rules", r.count("rule"));
    bill.usage("Requests", "1M requests", "aws/wafv2_web_acl/requests", "monthly_requests", 1_000_000);
    Ok(())
}
