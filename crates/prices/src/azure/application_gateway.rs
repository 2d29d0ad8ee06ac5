//! azurerm_application_gateway: the gateway by the hour, capacity units.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("sku.name").required()?;
    let words = match kind.as_str() {
        "WAF_v2" => ("gateway-usage-waf-v2", "v2-capacity-units-waf"),
        "Standard_v2" => ("gateway-usage-basic-v2", "v2-capacity-units-basic"),
        _ => return Err(Unpriced(format!("gateways of the kind {kind} have no price yet"))),
    };
    bill.hourly(&format!("Gateway, {kind}"), &format!("azure/application_gateway/{}", words.0), 1);
    let least = r.number("autoscale_configuration.min_capacity").optional().ok().flatten();
    let units = r.number("sku.capacity").optional().ok().flatten().or(least).unwrap_or_else(|| whole(1));
    let most = r.number("autoscale_configuration.max_capacity").known_or(units);
    let hours = Span::between(units, units, most).try_map(|n| n.ratio(HOURS, 1));
    let hours = match bill.known_usage("monthly_v2_capacity_units") {
        Some((units, _)) => units.ratio(HOURS, 1).map(Span::exactly),
        None => hours,
    };
    let hours = hours.ok_or_else(|| Unpriced("too much".to_owned()));
    bill.fixed("Capacity units", "CU", &format!("azure/application_gateway/{}", words.1), hours);
    Ok(())
}
