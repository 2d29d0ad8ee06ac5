//! azurerm_search_service: units by the hour, by kind, and extracted images.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("sku").required()?;
    let units = product(r.number("replica_count").known_or(whole(1)), r.number("partition_count").known_or(whole(1)))
        .unwrap_or_else(|| whole(1));
    if kind == "free" {
        return Ok(());
    }
    bill.hourly(&format!("Units, {kind}"), &format!("azure/search/{kind}"), units);
    bill.known("Extracted images", "1000 images", "azure/search_service/image-extraction", "monthly_images_extracted");
    Ok(())
}
