//! azurerm_servicebus_namespace: units by the month, or operations.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("sku").required()?;
    match kind.as_str() {
        "Premium" => {
            let units = r.number("capacity").known_or(whole(1));
            bill.fixed("Messaging units", "units", "azure/servicebus_namespace/messaging-units", units);
        }
        "Standard" => bill.hourly("Base charge", "azure/servicebus_namespace/base-charge", 1),
        _ => bill.usage(
            "Operations",
            "1M operations",
            "azure/servicebus_namespace/messaging-operations",
            "monthly_messaging_operations",
            1_000_000,
        ),
    }
    Ok(())
}
