//! azurerm_virtual_network_gateway: by the hour, by kind.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("sku").known_or("Basic".to_owned());
    bill.hourly(
        &format!("Gateway, {kind}"),
        &format!("azure/virtual_network_gateway/vpn-gateway-{}", kind.to_lowercase()),
        1,
    );
    Ok(())
}
