//! azurerm_bastion_host: by the hour, and outbound data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.hourly("Bastion", "azure/bastion_host/bastion-host", 1);
    bill.usage("Data out", "GB", "azure/bastion_host/outbound-data-transfer", "monthly_outbound_data_gb", 10);
    Ok(())
}
