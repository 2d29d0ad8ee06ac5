//! aws_networkfirewall_firewall: endpoints by the hour, and processed data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    bill.hourly(
        "Endpoints",
        "aws/networkfirewall_firewall/network-firewall-endpoint",
        r.count("subnet_mapping").map(|n| n.max(1)),
    );
    bill.usage("Data processed", "GB", "aws/networkfirewall_firewall/data-processed", "monthly_data_processed_gb", 100);
    Ok(())
}
