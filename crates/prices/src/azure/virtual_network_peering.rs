//! azurerm_virtual_network_peering: what passes, both ways, within a region.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.used("Data in", "GB", "azure/network/peering-in", "monthly_data_transfer_gb", 100);
    bill.used("Data out", "GB", "azure/network/peering-out", "monthly_data_transfer_gb", 100);
    Ok(())
}
