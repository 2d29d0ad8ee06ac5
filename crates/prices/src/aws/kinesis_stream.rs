//! aws_kinesis_stream: shards by the hour, or what goes in and out on demand.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let of = |words: &str| format!("aws/kinesis_stream/{words}");
    if r.text("stream_mode_details.stream_mode").usually("PROVISIONED".to_owned()) == "ON_DEMAND" {
        bill.hourly("Stream, on demand", &of("on-demand"), 1);
        bill.used("Data in", "GB", &of("data-ingested"), "monthly_on_demand_data_in_gb", 10);
        bill.used("Data out", "GB", &of("data-retrieval"), "monthly_on_demand_data_out_gb", 10);
    } else {
        bill.hourly("Shards", &of("provisioned"), r.number("shard_count").usually(whole(1)));
        bill.used("Puts", "units", &of("put-request-unit"), "monthly_provisioned_put_units", 1_000_000);
    }
    Ok(())
}
