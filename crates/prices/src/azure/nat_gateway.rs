//! azurerm_nat_gateway: by the hour, and processed data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.hourly("NAT gateway", "azure/nat_gateway/nat-gateway", 1);
    bill.usage("Data processed", "GB", "azure/nat_gateway/data-processed", "monthly_data_processed_gb", 100);
    Ok(())
}
