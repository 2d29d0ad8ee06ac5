//! azurerm_firewall: by the hour, and processed data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let tier = r.text("sku_tier").known_or("Standard".to_owned()).to_lowercase();
    let hub = r.text("sku_name").known_or(String::new()) == "AZFW_Hub" || r.has("virtual_hub");
    let words = match (tier.as_str(), hub) {
        ("premium", true) => "deployment-premium-secured-virtual-hub".to_owned(),
        (tier, true) => format!("deployment-{tier}-secure-virtual-hub"),
        (tier, false) => format!("deployment-{tier}"),
    };
    bill.hourly(&format!("Firewall, {tier}"), &format!("azure/firewall/{words}"), 1);
    bill.usage("Data processed", "GB", "azure/firewall/data-processed", "monthly_data_processed_gb", 100);
    Ok(())
}
