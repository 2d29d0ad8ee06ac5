//! aws_networkfirewall_firewall: endpoints by the hour, and what passes through.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    bill.hourly(
        "Endpoints",
        "aws/networkfirewall_firewall/network-firewall-endpoint",
        r.count("subnet_mapping").map(|n| n.max(1)),
    );
    bill.used("Data processed", "GB", "aws/networkfirewall_firewall/data-processed", "monthly_data_processed_gb", 100);
    Ok(())
}
