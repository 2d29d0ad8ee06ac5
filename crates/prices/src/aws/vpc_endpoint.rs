//! aws_vpc_endpoint: by the hour in each zone, and processed data; those of a gateway are free.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("vpc_endpoint_type").known_or("Gateway".to_owned());
    if kind == "Gateway" {
        return Ok(());
    }
    let zones = r.count("subnet_ids").map(|n| n.max(1));
    bill.hourly(&format!("Endpoint, {kind}"), &format!("aws/vpc_endpoint/endpoint-{}", kind.to_lowercase()), zones);
    let processed = if kind == "Interface" { "aws/vpc_endpoint/data-processed" } else { "aws/vpc/endpoint-gwlb-data" };
    bill.usage("Data processed", "GB", processed, "monthly_data_processed_gb", 100);
    Ok(())
}
