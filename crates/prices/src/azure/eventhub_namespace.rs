//! azurerm_eventhub_namespace: capacity by the month, events.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let kind = r.text("sku").needed()?;
    let units = r.number("capacity").usually(one());
    let unit = if kind == "Premium" { "processing units" } else { "throughput units" };
    let lower = kind.to_lowercase();
    bill.fixed(&format!("Capacity, {kind}"), unit, &format!("azure/eventhub_namespace/capacity-{lower}"), units);
    if kind != "Premium" {
        bill.used(
            "Events in",
            "1M events",
            &format!("azure/eventhub_namespace/ingress-event-{lower}"),
            "monthly_ingress_events",
            1_000_000,
        );
    }
    Ok(())
}
