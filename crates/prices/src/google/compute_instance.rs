//! google_compute_instance: cores and memory by the hour, disks.

use crate::prelude::*;

use super::machines::{accelerators, disk, instance, local_disks};

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
    local_disks(i64::try_from(r.known_items("scratch_disk").len()).unwrap_or(i64::MAX), bill);
    accelerators(&r.known_items("guest_accelerator"), spot, bill);
    Ok(())
}
