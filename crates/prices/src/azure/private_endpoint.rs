//! azurerm_private_endpoint: by the hour, and what passes through.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.fixed("Endpoint", "hour", "azure/private_endpoint/private-endpoint", HOURS);
    bill.used(
        "Data in",
        "GB",
        "azure/private_endpoint/inbound-data-processed",
        "monthly_inbound_data_processed_gb",
        100,
    );
    bill.used(
        "Data out",
        "GB",
        "azure/private_endpoint/outbound-data-processed",
        "monthly_outbound_data_processed_gb",
        100,
    );
    Ok(())
}
