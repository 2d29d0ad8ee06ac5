//! aws_waf_web_acl and aws_wafregional_web_acl: by the month, its rules and groups, requests.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.kind == "aws_waf_web_acl" {
        bill.priced_globally();
    }
    let of = |words: &str| format!("aws/waf_web_acl/{words}");
    bill.fixed("Web ACL", "months", &of("web-acl-usage"), 1);
    let field = if r.kind == "aws_waf_web_acl" { "rules" } else { "rule" };
    let rules = r.items(field);
    let of_kind = |group: bool| {
        let count = rules
            .clone()?
            .iter()
            .filter(|rule| (rule.text("type").known_or(String::new()) == "GROUP") == group)
            .count();
        Ok::<i64, Unpriced>(i64::try_from(count).unwrap_or(0))
    };
    let added = bill.known_usage("rule_group_rules").map(|(n, _)| n).unwrap_or_default();
    let plain = of_kind(false).map(|n| whole(n).saturating_add(added));
    let groups = of_kind(true);
    bill.fixed("Rules", "rules", &of("rules"), plain);
    if groups.as_ref().is_ok_and(|n| *n > 0) {
        bill.fixed("Rule groups", "groups", &of("rule-groups"), groups);
    }
    bill.usage("Requests", "1M requests", &of("requests"), "monthly_requests", 1_000_000);
    Ok(())
}
