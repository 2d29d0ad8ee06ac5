//! google_compute_address and google_compute_global_address: an address; unused ones cost more.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.text("address_type").known_or("EXTERNAL".to_owned()) == "INTERNAL" {
        return Ok(());
    }
    let kind = r.kind.trim_start_matches("google_");
    bill.hourly("Address, as if unused", &format!("google/{kind}/ip-address-unused"), 1);
    Ok(())
}
