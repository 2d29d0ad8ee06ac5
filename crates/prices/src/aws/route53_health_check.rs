//! aws_route53_health_check: by the month, and its optional features. Outside of AWS, both cost more.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    bill.priced_globally();
    bill.fixed("Health check", "months", "aws/route53_health_check/health-check", 1);
    let kind = r.text("type").known_or(String::new()).to_uppercase();
    let features = [
        kind.starts_with("HTTPS"),
        kind.ends_with("STR_MATCH"),
        r.number("request_interval").known_or(whole(30)) == whole(10),
        r.flag("measure_latency").known_or(false),
    ];
    let features = i64::try_from(features.into_iter().filter(|on| *on).count()).unwrap_or(0);
    if features > 0 {
        bill.fixed("Optional features", "months", "aws/route53_health_check/optional-features", features);
    }
    Ok(())
}
