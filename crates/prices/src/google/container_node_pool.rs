//! google_container_node_pool: machines and their disks, between the least and the most.

use crate::prelude::*;

use super::machines::{disk, instance};
use crate::resource::Block;

/// What a node has where nobody says (GKE documentation, 2026-08).
const USUAL: (&str, i64) = ("e2-medium", 100);

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    pool(r, r.written("node_locations").len(), "", bill)
}

/// Adds a pool: so many nodes in each zone.
pub(super) fn pool(block: &Block, zones: usize, name: &str, bill: &mut Bill<'_>) -> Told<()> {
    let zones = i64::try_from(zones.max(1)).unwrap_or(1);
    let first = block.number("initial_node_count").told().ok().flatten();
    let count = block.number("node_count").told().ok().flatten().or(first).unwrap_or_else(one);
    let least = block.number("autoscaling.min_node_count").usually(count);
    let most = block.number("autoscaling.max_node_count").usually(count);
    let times = Span::between(least, count, most).try_map(|n| n.ratio(zones, 1));
    let times = times.ok_or_else(|| Untold("too many".to_owned()))?;
    bill.each(name, times, |bill| {
        let spot =
            block.flag("node_config.preemptible").usually(false) || block.flag("node_config.spot").usually(false);
        instance(Ok(block.text("node_config.machine_type").usually(USUAL.0.to_owned())), spot, bill);
        let kind = block.text("node_config.disk_type").usually("pd-standard".to_owned());
        disk("", &kind, Ok(block.number("node_config.disk_size_gb").usually(whole(USUAL.1))), bill);
        Ok(())
    })
}
