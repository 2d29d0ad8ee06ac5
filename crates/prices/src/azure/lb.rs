//! azurerm_lb: what passes through; its rules are resources of their own, and the basic one is free.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    if r.text("sku").usually("Basic".to_owned()) != "Basic" {
        bill.used("Data processed", "GB", "azure/lb/data-processed", "monthly_data_processed_gb", 100);
    }
    Ok(())
}
