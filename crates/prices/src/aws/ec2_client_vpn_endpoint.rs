//! aws_ec2_client_vpn_endpoint: connections by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.used("Connected", "hours", "aws/ec2_client_vpn_endpoint/connection", "monthly_connection_hours", 730);
    Ok(())
}
