//! azurerm_api_management: units by the month, or calls.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let sku = r.text("sku_name").needed()?;
    let (kind, units) = sku.split_once('_').unwrap_or((&sku, "1"));
    let lower = kind.to_lowercase();
    if lower == "consumption" {
        bill.used(
            "Calls",
            "1M calls",
            "azure/api_management/api-management-consumption",
            "monthly_api_calls",
            1_000_000,
        );
    } else {
        let units = units.parse().map_or_else(|_| one(), whole);
        bill.fixed(&format!("Units, {kind}"), "units", &format!("azure/api_management/api-management-{lower}"), units);
    }
    Ok(())
}
