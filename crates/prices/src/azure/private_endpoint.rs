//! azurerm_private_endpoint: by the hour, and processed data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.fixed("Endpoint", "hour", "azure/private_endpoint/private-endpoint", HOURS);
    bill.usage(
        "Data in",
        "GB",
        "azure/private_endpoint/inbound-data-processed",
        "monthly_inbound_data_processed_gb",
        100,
    );
    bill.usage(
        "Data out",
        "GB",
        "azure/private_endpoint/outbound-data-processed",
        "monthly_outbound_data_processed_gb",
        100,
    );
    Ok(())
}
