//! azurerm_virtual_network_gateway: by the hour, by kind.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("sku").known_or("Basic".to_owned());
    bill.hourly(
        &format!("Gateway, {kind}"),
        &format!("azure/virtual_network_gateway/vpn-gateway-{}", kind.to_lowercase()),
        1,
    );
    if let Some((tunnels, origin)) = bill.known_usage("p2s_connection") {
        // 128 connections are included (VPN Gateway pricing, 2026-08).
        let beyond = tunnels.max(whole(128)).saturating_sub(whole(128));
        let sku = "azure/virtual_network_gateway/vpn-gateway-p2s-tunnels";
        bill.usage_quantity("Connections beyond 128", "tunnel", sku, Ok(Span::exactly(beyond)), origin);
    }
    bill.known("Data out", "GB", "azure/virtual_network_gateway/vpn-gateway-data-tranfer", "monthly_data_transfer_gb");
    Ok(())
}
