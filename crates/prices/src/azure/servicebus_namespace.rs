//! azurerm_servicebus_namespace: messaging units, or a base charge with operations and connections beyond what is included.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("azure/servicebus_namespace/{words}");
    let operations = "monthly_messaging_operations";
    match r.text("sku").required()?.as_str() {
        "Premium" => {
            let units = r.number("capacity").known_or(whole(1));
            bill.fixed("Messaging units", "units", &of("messaging-units"), units);
        }
        "Standard" => {
            bill.hourly("Base charge", &of("base-charge"), 1);
            // 13 million operations and 1,000 connections are included (Service Bus pricing, 2026-08).
            for (name, unit, words, figure, free) in [
                ("Operations beyond 13 million", "1M operations", "operations-standard", operations, 13_000_000),
                (
                    "Connections beyond 1,000",
                    "connections",
                    "connections-standard",
                    "monthly_brokered_connections",
                    1000,
                ),
            ] {
                let (used, origin) = bill.usage_figure(figure, 0);
                let beyond = used.try_map(|n| Some(n.max(whole(free)).saturating_sub(whole(free))));
                let beyond = beyond.ok_or_else(|| Unpriced("is out of range".to_owned()));
                bill.usage_quantity(name, unit, &of(words), beyond, origin);
            }
        }
        _ => bill.usage("Operations", "1M operations", &of("operations-basic"), operations, 1_000_000),
    }
    Ok(())
}
