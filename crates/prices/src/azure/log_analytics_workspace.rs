//! azurerm_log_analytics_workspace: what comes in, what is kept for long.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    if r.text("sku").usually("PerGB2018".to_owned()) == "Free" {
        return Ok(());
    }
    bill.used("Data in", "GB", "azure/log_analytics_workspace/log-data-ingestion", "monthly_log_data_ingestion_gb", 10);
    if r.number("retention_in_days").usually(whole(30)) > whole(31) {
        bill.used(
            "Kept for longer",
            "GB",
            "azure/log_analytics_workspace/log-data-retention",
            "monthly_additional_log_data_retention_gb",
            10,
        );
    }
    Ok(())
}
