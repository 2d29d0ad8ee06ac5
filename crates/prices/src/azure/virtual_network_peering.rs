//! azurerm_virtual_network_peering: data in both directions, within a region.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Data in", "GB", "azure/network/peering-in", "monthly_data_transfer_gb", 100);
    bill.usage("Data out", "GB", "azure/network/peering-out", "monthly_data_transfer_gb", 100);
    Ok(())
}
