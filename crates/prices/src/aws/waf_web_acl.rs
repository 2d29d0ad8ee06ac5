//! aws_waf_web_acl: by the month, its rules, requests.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    bill.priced_globally();
    bill.fixed("Web ACL", "months", "aws/waf_web_acl/web-acl-usage", 1);
    bill.fixed("Rules", "rules", "aws/waf_web_acl/rules", r.count("rules"));
    bill.usage("Requests", "1M requests", "aws/waf_web_acl/requests", "monthly_requests", 1_000_000);
    Ok(())
}
