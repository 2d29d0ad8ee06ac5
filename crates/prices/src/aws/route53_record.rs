//! aws_route53_record: queries; those of an alias to AWS are free.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if !r.known_items("alias").is_empty() {
        return Ok(());
    }
    bill.priced_globally();
    let (name, words, key) = if r.has("latency_routing_policy") {
        ("Queries, by latency", "latency-based-routing-queries", "monthly_latency_based_queries")
    } else if r.has("geolocation_routing_policy") || r.has("geoproximity_routing_policy") {
        ("Queries, by place", "geo-dns-queries", "monthly_geo_queries")
    } else {
        ("Queries", "standard-queries", "monthly_standard_queries")
    };
    bill.usage(name, "1M queries", &format!("aws/route53_record/{words}"), key, 1_000_000);
    Ok(())
}
