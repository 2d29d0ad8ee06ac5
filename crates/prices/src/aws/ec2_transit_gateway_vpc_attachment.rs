//! aws_ec2_transit_gateway_vpc_attachment: by the hour, and what passes through.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    let of = |words: &str| format!("aws/ec2_transit_gateway_vpc_attachment/{words}");
    bill.hourly("Attachment", &of("transit-gateway-attachment"), 1);
    bill.used("Data processed", "GB", &of("data-processed"), "monthly_data_processed_gb", 100);
    Ok(())
}
