//! google_compute_address and google_compute_global_address: an address, dearer where nothing uses it.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    if r.text("address_type").usually("EXTERNAL".to_owned()) == "INTERNAL" {
        return Ok(());
    }
    let kind = r.kind.trim_start_matches("google_");
    bill.hourly("Address, as if unused", &format!("google/{kind}/ip-address-unused"), 1);
    Ok(())
}
