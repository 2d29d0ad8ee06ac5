//! azurerm_log_analytics_workspace: ingested data, long retention.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.text("sku").known_or("PerGB2018".to_owned()) == "Free" {
        return Ok(());
    }
    bill.usage(
        "Data in",
        "GB",
        "azure/log_analytics_workspace/log-data-ingestion",
        "monthly_log_data_ingestion_gb",
        10,
    );
    if r.number("retention_in_days").known_or(whole(30)) > whole(31) {
        bill.usage(
            "Kept for longer",
            "GB",
            "azure/log_analytics_workspace/log-data-retention",
            "monthly_additional_log_data_retention_gb",
            10,
        );
    }
    Ok(())
}
