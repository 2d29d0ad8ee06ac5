//! aws_ec2_transit_gateway_peering_attachment: by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    let key = "aws/ec2_transit_gateway_peering_attachment/transit-gateway-attachment";
    bill.hourly("Attachment", key, 1);
    Ok(())
}
