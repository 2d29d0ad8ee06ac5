//! azurerm_public_ip: by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("allocation_method").known_or("Static".to_owned()).to_lowercase();
    let tier = r.text("sku_tier").known_or("Regional".to_owned()).to_lowercase();
    bill.hourly(&format!("Address, {kind}"), &format!("azure/public_ip/ip-address-{kind}-{tier}"), 1);
    Ok(())
}
