//! azurerm_virtual_hub: by the hour, and processed data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.hourly("Hub", "azure/virtual_hub/deployment", 1);
    bill.usage("Data processed", "GB", "azure/virtual_hub/data-processed", "monthly_data_processed_gb", 100);
    Ok(())
}
