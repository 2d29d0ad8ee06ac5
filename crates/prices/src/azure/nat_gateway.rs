//! azurerm_nat_gateway: by the hour, and what passes through.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.hourly("NAT gateway", "azure/nat_gateway/nat-gateway", 1);
    bill.used("Data processed", "GB", "azure/nat_gateway/data-processed", "monthly_data_processed_gb", 100);
    Ok(())
}
