//! aws_vpn_connection: by the hour; on a transit gateway its attachment too.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    bill.hourly("VPN connection", "aws/vpn_connection/vpn-connection", 1);
    if r.has("transit_gateway_id") {
        bill.hourly("Attachment", "aws/vpn_connection/transit-gateway-attachment", 1);
        bill.usage("Data processed", "GB", "aws/vpn_connection/data-processed", "monthly_data_processed_gb", 100);
    }
    Ok(())
}
