//! azurerm_search_service: units by the hour, by kind.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("sku").required()?;
    let units = product(r.number("replica_count").known_or(whole(1)), r.number("partition_count").known_or(whole(1)))
        .unwrap_or_else(|| whole(1));
    match kind.as_str() {
        "free" => {}
        _ => bill.hourly(&format!("Units, {kind}"), &format!("azure/search/{kind}"), units),
    }
    Ok(())
}
