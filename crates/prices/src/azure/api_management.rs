//! azurerm_api_management: units by the month, or calls.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let sku = r.text("sku_name").required()?;
    let (kind, units) = sku.split_once('_').unwrap_or((&sku, "1"));
    let lower = kind.to_lowercase();
    if lower == "consumption" {
        bill.usage(
            "Calls",
            "1M calls",
            "azure/api_management/api-management-consumption",
            "monthly_api_calls",
            1_000_000,
        );
    } else {
        let units = units.parse().map_or_else(|_| whole(1), whole);
        bill.fixed(&format!("Units, {kind}"), "units", &format!("azure/api_management/api-management-{lower}"), units);
    }
    bill.known(
        "Self-hosted gateways",
        "gateways",
        "azure/api_management/self-hosted-gateway",
        "self_hosted_gateway_count",
    );
    Ok(())
}
