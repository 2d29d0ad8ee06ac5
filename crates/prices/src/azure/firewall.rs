//! azurerm_firewall: by the hour, and what passes through.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let tier = r.text("sku_tier").usually("Standard".to_owned()).to_lowercase();
    let hub = r.text("sku_name").usually(String::new()) == "AZFW_Hub" || r.has("virtual_hub");
    let words = match (tier.as_str(), hub) {
        ("premium", true) => "deployment-premium-secured-virtual-hub".to_owned(),
        (tier, true) => format!("deployment-{tier}-secure-virtual-hub"),
        (tier, false) => format!("deployment-{tier}"),
    };
    bill.hourly(&format!("Firewall, {tier}"), &format!("azure/firewall/{words}"), 1);
    bill.used("Data processed", "GB", "azure/firewall/data-processed", "monthly_data_processed_gb", 100);
    Ok(())
}
