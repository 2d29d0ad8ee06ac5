//! google_compute_vpn_tunnel: by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.hourly("VPN tunnel", "google/compute_vpn_tunnel/vpn-tunnel", 1);
    Ok(())
}
