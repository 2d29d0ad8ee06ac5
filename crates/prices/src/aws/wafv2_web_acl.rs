//! aws_wafv2_web_acl: by the month, its rules and groups, requests.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("aws/wafv2_web_acl/{words}");
    if r.text("scope").known_or("REGIONAL".to_owned()) == "CLOUDFRONT" {
        bill.priced_globally();
    }
    bill.fixed("Web ACL", "months", &of("web-acl-usage"), 1);
    let rules = r.items("rule");
    let with = |block: &str| {
        let rules = rules.clone()?;
        Ok(i64::try_from(
            rules.iter().filter(|rule| !rule.known_items(&format!("statement.{block}")).is_empty()).count(),
        )
        .unwrap_or(0))
    };
    let (groups, managed): (Estimated<i64>, Estimated<i64>) =
        (with("rule_group_reference_statement"), with("managed_rule_group_statement"));
    let all = r.count("rule");
    let plain = match (&all, &groups, &managed) {
        (Ok(all), Ok(groups), Ok(managed)) => Ok(all - groups - managed),
        _ => all.clone(),
    };
    // A usage file counts the rules inside of the groups.
    let added = bill.known_usage("rule_group_rules").map(|(n, _)| n).unwrap_or_default();
    let inner = bill.known_usage("managed_rule_group_rules").map(|(n, _)| n).unwrap_or_default();
    let counted = plain.map(|n| whole(n).saturating_add(added).saturating_add(inner));
    bill.fixed("Rules", "rules", &of("rules"), counted);
    for (name, words, count) in
        [("Rule groups", "rule-groups", groups), ("Managed rule groups", "managed-rule-groups", managed)]
    {
        if count.as_ref().is_ok_and(|n| *n > 0) {
            bill.fixed(name, "groups", &of(words), count);
        }
    }
    bill.usage("Requests", "1M requests", &of("requests"), "monthly_requests", 1_000_000);
    Ok(())
}
