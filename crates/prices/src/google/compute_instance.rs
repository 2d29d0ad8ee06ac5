//! google_compute_instance: cores and memory by the hour, disks.

use crate::prelude::*;

use super::machines::{disk, instance};

/// The size of an image's disk where nobody says, in GB.
const IMAGE: i64 = 10;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let spot = r.flag("scheduling.preemptible").usually(false)
        || r.text("scheduling.provisioning_model").usually(String::new()) == "SPOT";
    instance(r.text("machine_type").needed(), spot, bill);
    for block in r.written("boot_disk") {
        let kind = block.text("initialize_params.type").usually("pd-standard".to_owned());
        let size = block.number("initialize_params.size").usually(whole(IMAGE));
        disk("Boot: ", &kind, Ok(size), bill);
    }
    let scratch = r.written("scratch_disk").len();
    if scratch > 0 {
        let size = i64::try_from(scratch).unwrap_or(i64::MAX).saturating_mul(375);
        bill.fixed("Local disks", "GB", "google/disk/local-ssd", size);
    }
    for block in r.written("guest_accelerator") {
        let kind = block.text("type").usually("an accelerator".to_owned());
        bill.untold(&format!("Accelerator, {kind}"), "accelerators have no price here yet");
    }
    Ok(())
}
