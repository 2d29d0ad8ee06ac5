//! aws_kinesis_stream: shards by the hour, or data on demand.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("aws/kinesis_stream/{words}");
    if r.text("stream_mode_details.stream_mode").known_or("PROVISIONED".to_owned()) == "ON_DEMAND" {
        bill.hourly("Stream, on demand", &of("on-demand"), 1);
        bill.usage("Data in", "GB", &of("data-ingested"), "monthly_on_demand_data_in_gb", 10);
        bill.usage("Data out", "GB", &of("data-retrieval"), "monthly_on_demand_data_out_gb", 10);
    } else {
        bill.hourly("Shards", &of("provisioned"), r.number("shard_count").known_or(whole(1)));
        bill.usage("Puts", "units", &of("put-request-unit"), "monthly_provisioned_put_units", 1_000_000);
    }
    Ok(())
}
