//! azurerm_eventhub_namespace: capacity by the month, events.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("sku").required()?;
    let units = r.number("capacity").known_or(whole(1));
    let unit = if kind == "Premium" { "processing units" } else { "throughput units" };
    let lower = kind.to_lowercase();
    bill.fixed(&format!("Capacity, {kind}"), unit, &format!("azure/eventhub_namespace/capacity-{lower}"), units);
    if kind != "Premium" {
        bill.usage(
            "Events in",
            "1M events",
            &format!("azure/eventhub_namespace/ingress-event-{lower}"),
            "monthly_ingress_events",
            1_000_000,
        );
    }
    Ok(())
}
