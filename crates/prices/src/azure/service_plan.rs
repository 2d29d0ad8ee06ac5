//! azurerm_service_plan: instances by the hour, by size and system.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let size = r.text("sku_name").required()?;
    let count = r.number("worker_count").known_or(whole(1));
    let os = r.text("os_type").known_or("Linux".to_owned()).to_lowercase();
    if size == "F1" || size == "Y1" {
        return Ok(());
    }
    let keys = [
        format!("azure/app/{os}-{}", size.to_lowercase()),
        format!("azure/service_plan/instance-usage-{}", size.to_lowercase()),
    ];
    bill.hourly_first(&format!("Instances, {os}, {size}"), &keys, &size, count);
    Ok(())
}
