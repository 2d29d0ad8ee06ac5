//! azurerm_search_service: units by the hour, by kind.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let kind = r.text("sku").needed()?;
    let units = product(r.number("replica_count").usually(one()), r.number("partition_count").usually(one()))
        .unwrap_or_else(one);
    match kind.as_str() {
        "free" => {}
        _ => bill.hourly(&format!("Units, {kind}"), &format!("azure/search/{kind}"), units),
    }
    Ok(())
}
