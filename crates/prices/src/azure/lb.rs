//! azurerm_lb: processed data; its rules are separate resources, and the basic one is free.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.text("sku").known_or("Basic".to_owned()) != "Basic" {
        bill.usage("Data processed", "GB", "azure/lb/data-processed", "monthly_data_processed_gb", 100);
    }
    Ok(())
}
