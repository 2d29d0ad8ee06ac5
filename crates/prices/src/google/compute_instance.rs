//! google_compute_instance: cores and memory by the hour, disks.

use crate::prelude::*;

use super::machines::{disk, instance};

/// The default size of an image's disk, in GB.
const IMAGE: i64 = 10;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let spot = r.flag("scheduling.preemptible").known_or(false)
        || r.text("scheduling.provisioning_model").known_or(String::new()) == "SPOT";
    instance(r.text("machine_type").required(), spot, bill);
    for block in r.known_items("boot_disk") {
        let kind = block.text("initialize_params.type").known_or("pd-standard".to_owned());
        let size = block.number("initialize_params.size").known_or(whole(IMAGE));
        disk("Boot: ", &kind, Ok(size), bill);
    }
    let scratch = r.known_items("scratch_disk").len();
    if scratch > 0 {
        let size = i64::try_from(scratch).unwrap_or(i64::MAX).saturating_mul(375);
        bill.fixed("Local disks", "GB", "google/disk/local-ssd", size);
    }
    for block in r.known_items("guest_accelerator") {
        let kind = block.text("type").known_or("an accelerator".to_owned());
        bill.unpriced(&format!("Accelerator, {kind}"), "accelerators have no price yet");
    }
    Ok(())
}
