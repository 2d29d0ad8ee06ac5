//! aws_kinesis_firehose_delivery_stream: data, its conversion, and delivery into a VPC.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("aws/kinesis_firehose_delivery_stream/{words}");
    let figure = "monthly_data_ingested_gb";
    bill.usage("Data in", "GB", &of("data-ingested"), figure, 10);
    let converts = r
        .known_items("extended_s3_configuration.data_format_conversion_configuration")
        .iter()
        .any(|block| block.flag("enabled").known_or(true));
    if converts {
        bill.usage("Format conversion", "GB", &of("format-conversion"), figure, 10);
    }
    for destination in ["elasticsearch_configuration", "opensearch_configuration", "opensearchserverless_configuration"]
    {
        for vpc in r.known_items(&format!("{destination}.vpc_config")) {
            let zones = vpc.count("subnet_ids").map(|n| n.max(1));
            bill.usage("Delivery into a VPC", "GB", &of("vpc-data"), figure, 10);
            bill.hourly("Delivery into a VPC, zones", &of("vpc-az-delivery"), zones);
        }
    }
    Ok(())
}
