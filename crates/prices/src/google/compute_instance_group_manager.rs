//! google_compute_instance_group_manager and the one of a region: instances of the template, their disks and accelerators.

use crate::prelude::*;

use super::machines::{accelerators, disk, instance, local_disks};

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kinds = ["google_compute_instance_template", "google_compute_region_instance_template"];
    let template = kinds.into_iter().find_map(|kind| {
        r.referred("version.instance_template", kind).or_else(|| r.referred("instance_template", kind))
    });
    let template = template.ok_or_else(|| Unpriced("the template of the group is not in this plan".to_owned()))?;
    let count = match (bill.known_usage("instances"), r.number("target_size").optional()?) {
        (Some((n, _)), _) => n,
        (None, Some(n)) => n,
        (None, None) => {
            bill.unpriced("Instances beyond one", "`target_size` is not set: an autoscaler decides on their number");
            whole(1)
        }
    };
    let spot = template.flag("scheduling.preemptible").known_or(false)
        || template.text("scheduling.provisioning_model").known_or(String::new()) == "SPOT";
    bill.repeat("", Span::exactly(count), |bill| {
        instance(template.text("machine_type").required(), spot, bill);
        let mut scratch = 0;
        for (n, block) in template.known_items("disk").iter().enumerate() {
            if block.text("type").known_or(String::new()) == "SCRATCH" {
                scratch += 1;
                continue;
            }
            let kind = block.text("disk_type").known_or("pd-standard".to_owned());
            let name = if n == 0 { "Boot: ".to_owned() } else { format!("Disk {n}: ") };
            disk(&name, &kind, Ok(block.number("disk_size_gb").known_or(whole(10))), bill);
        }
        local_disks(scratch, bill);
        accelerators(&template.known_items("guest_accelerator"), spot, bill);
        Ok(())
    })
}
