//! azurerm_bastion_host: by the hour, and what goes out.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.hourly("Bastion", "azure/bastion_host/bastion-host", 1);
    bill.used("Data out", "GB", "azure/bastion_host/outbound-data-transfer", "monthly_outbound_data_gb", 10);
    Ok(())
}
