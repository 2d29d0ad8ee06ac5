//! aws_ec2_transit_gateway_vpc_attachment: by the hour, and processed data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    let of = |words: &str| format!("aws/ec2_transit_gateway_vpc_attachment/{words}");
    bill.hourly("Attachment", &of("transit-gateway-attachment"), 1);
    bill.usage("Data processed", "GB", &of("data-processed"), "monthly_data_processed_gb", 100);
    Ok(())
}
