//! azurerm_public_ip: by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("allocation_method").known_or("Static".to_owned()).to_lowercase();
    let tier = r.text("sku_tier").known_or("Regional".to_owned()).to_lowercase();
    // A static address of a region costs more with the Standard SKU.
    let basic = r.text("sku").known_or("Standard".to_owned()).eq_ignore_ascii_case("basic");
    let words = match (kind.as_str(), tier.as_str()) {
        ("static", "regional") if basic => "static-basic".to_owned(),
        ("static", "regional") => "static-standard".to_owned(),
        (kind, tier) => format!("{kind}-{tier}"),
    };
    bill.hourly(&format!("Address, {kind}"), &format!("azure/public_ip/ip-address-{words}"), 1);
    Ok(())
}
