//! aws_ec2_client_vpn_endpoint: connections by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Connected", "hours", "aws/ec2_client_vpn_endpoint/connection", "monthly_connection_hours", 730);
    Ok(())
}
