//! azurerm_eventhub_namespace: capacity by the month, events, capture and longer retention. A dedicated cluster is a kind of its own.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("azure/eventhub_namespace/{words}");
    let kind = r.text("sku").required()?;
    let units = r.number("capacity").known_or(whole(1));
    let dedicated = r.has("dedicated_cluster_id");
    let kind = if dedicated { "Dedicated".to_owned() } else { kind };
    let unit = match kind.as_str() {
        "Premium" => "processing units",
        "Dedicated" => "capacity units",
        _ => "throughput units",
    };
    let lower = kind.to_lowercase();
    bill.fixed(&format!("Capacity, {kind}"), unit, &of(&format!("capacity-{lower}")), units);
    if kind == "Basic" || kind == "Standard" {
        bill.usage(
            "Events in",
            "1M events",
            &of(&format!("ingress-event-{lower}")),
            "monthly_ingress_events",
            1_000_000,
        );
    }
    if kind == "Standard" && bill.known_usage("capture_enabled").is_some_and(|(n, _)| n > Quantity::ZERO) {
        bill.fixed("Capture", "units", &of("capture"), units);
    }
    if (kind == "Premium" || kind == "Dedicated")
        && let Some((gigabytes, origin)) = bill.known_usage("retention_storage_gb")
    {
        // A unit includes a TB, a dedicated one ten (Event Hubs pricing, 2026-08).
        let free = units.ratio(if kind == "Premium" { 1024 } else { 10_240 }, 1).unwrap_or(gigabytes);
        let beyond = gigabytes.max(free).saturating_sub(free);
        bill.usage_quantity("Extended retention", "GB", &of("extended-retention"), Ok(Span::exactly(beyond)), origin);
    }
    Ok(())
}
