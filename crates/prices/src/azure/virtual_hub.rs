//! azurerm_virtual_hub: by the hour, and what passes through.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.hourly("Hub", "azure/virtual_hub/deployment", 1);
    bill.used("Data processed", "GB", "azure/virtual_hub/data-processed", "monthly_data_processed_gb", 100);
    Ok(())
}
