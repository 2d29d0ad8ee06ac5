//! aws_kinesis_stream: shards by the hour, or data on demand; consumers with fan-out, and longer retention.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("aws/kinesis_stream/{words}");
    let retention = r.number("retention_period").known_or(whole(24));
    let (extended, long) = (retention > whole(24), retention > whole(168));
    if r.text("stream_mode_details.stream_mode").known_or("PROVISIONED".to_owned()) == "ON_DEMAND" {
        bill.hourly("Stream, on demand", &of("on-demand"), 1);
        bill.usage("Data in", "GB", &of("data-ingested"), "monthly_on_demand_data_in_gb", 10);
        bill.usage("Data out", "GB", &of("data-retrieval"), "monthly_on_demand_data_out_gb", 10);
        bill.known("Fan-out data", "GB", &of("on-demand-fan-out"), "monthly_on_demand_efo_data_out_gb");
        if extended {
            bill.usage(
                "Retention beyond a day",
                "GB",
                &of("on-demand-extended-retention"),
                "monthly_on_demand_extended_retention_gb",
                10,
            );
        }
    } else {
        let shards = r.number("shard_count").known_or(whole(1));
        bill.hourly("Shards", &of("provisioned"), shards);
        bill.usage("Puts", "units", &of("put-request-unit"), "monthly_provisioned_put_units", 1_000_000);
        bill.known("Fan-out data", "GB", &of("provisioned-fan-out"), "monthly_provisioned_efo_data_out_gb");
        if let Some((consumers, origin)) = bill.known_usage("monthly_provisioned_efo_consumer_hours") {
            let hours =
                product(consumers, shards).map(Span::exactly).ok_or_else(|| Unpriced("is out of range".to_owned()));
            bill.usage_quantity("Fan-out consumers", "consumer-shard hour", &of("enhanced-fan-out-efo"), hours, origin);
        }
        bill.known("Extended retention", "GB", &of("extended-retention"), "monthly_provisioned_extended_retention_gb");
        if extended && bill.known_usage("monthly_provisioned_extended_retention_gb").is_none() {
            bill.hourly("Retention of a week", &of("provisioned-extended-retention"), shards);
        }
    }
    if long {
        let on_demand = r.text("stream_mode_details.stream_mode").known_or(String::new()) == "ON_DEMAND";
        let mode = if on_demand { "on_demand" } else { "provisioned" };
        let figure = format!("monthly_{mode}_long_term_retention_gb");
        bill.usage("Retention beyond a week", "GB", &of("long-term-retention-7d"), &figure, 10);
        let figure = format!("monthly_{mode}_long_term_retrieval_gb");
        bill.known("Retrieval beyond a week", "GB", &of("extended-retention-retrieval-7d"), &figure);
    }
    Ok(())
}
