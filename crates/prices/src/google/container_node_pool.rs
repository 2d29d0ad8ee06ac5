//! google_container_node_pool: instances and their disks, between the minimum and the maximum.

use crate::prelude::*;

use super::machines::{disk, instance};
use crate::resource::Attributes;

/// The default disk of a node (GKE documentation, 2026-08).
const USUAL: (&str, i64) = ("e2-medium", 100);

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    pool(r.attributes(), r.known_items("node_locations").len(), "", bill)
}

/// Adds a pool: a number of nodes in each zone.
pub(super) fn pool(block: &Attributes, zones: usize, name: &str, bill: &mut Bill<'_>) -> Estimated<()> {
    let zones = i64::try_from(zones.max(1)).unwrap_or(1);
    let first = block.number("initial_node_count").optional().ok().flatten();
    let count = block.number("node_count").optional().ok().flatten().or(first).unwrap_or_else(|| whole(1));
    let least = block.number("autoscaling.min_node_count").known_or(count);
    let most = block.number("autoscaling.max_node_count").known_or(count);
    let times = Span::between(least, count, most).try_map(|n| n.ratio(zones, 1));
    let times = times.ok_or_else(|| Unpriced("too many".to_owned()))?;
    bill.repeat(name, times, |bill| {
        let spot =
            block.flag("node_config.preemptible").known_or(false) || block.flag("node_config.spot").known_or(false);
        instance(Ok(block.text("node_config.machine_type").known_or(USUAL.0.to_owned())), spot, bill);
        let kind = block.text("node_config.disk_type").known_or("pd-standard".to_owned());
        disk("", &kind, Ok(block.number("node_config.disk_size_gb").known_or(whole(USUAL.1))), bill);
        Ok(())
    })
}
