//! azurerm_servicebus_namespace: units by the month, or operations.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let kind = r.text("sku").needed()?;
    match kind.as_str() {
        "Premium" => {
            let units = r.number("capacity").usually(one());
            bill.fixed("Messaging units", "units", "azure/servicebus_namespace/messaging-units", units);
        }
        "Standard" => bill.hourly("Base charge", "azure/servicebus_namespace/base-charge", 1),
        _ => bill.used(
            "Operations",
            "1M operations",
            "azure/servicebus_namespace/messaging-operations",
            "monthly_messaging_operations",
            1_000_000,
        ),
    }
    Ok(())
}
