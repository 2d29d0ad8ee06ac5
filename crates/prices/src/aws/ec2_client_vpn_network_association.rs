//! aws_ec2_client_vpn_network_association: by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.hourly("Association", "aws/ec2_client_vpn_network_association/endpoint-association", 1);
    Ok(())
}
