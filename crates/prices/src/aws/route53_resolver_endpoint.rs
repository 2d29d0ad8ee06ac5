//! aws_route53_resolver_endpoint: addresses by the hour, queries.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let addresses = r.count("ip_address").map(|n| n.max(2));
    bill.hourly("Addresses", "aws/route53_resolver_endpoint/resolver-endpoints", addresses);
    bill.usage("Queries", "1M queries", "aws/route53_resolver_endpoint/dns-queries", "monthly_queries", 1_000_000);
    Ok(())
}
