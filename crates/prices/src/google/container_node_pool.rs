//! google_container_node_pool: instances and their disks in each zone, between the minimum and the maximum.

use crate::prelude::*;

use super::machines::{accelerators, disk, instance, local_disks};
use crate::resource::Attributes;

/// The default machine and disk of a node (GKE documentation, 2026-08).
const USUAL: (&str, i64) = ("e2-medium", 100);
/// The zones of a region that a regional cluster uses.
const ZONES: usize = 3;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let cluster = r.referred("cluster", "google_container_cluster");
    let none = Attributes::new(tollgate_expression::Value::Null);
    let zones = zones(r.attributes(), cluster.as_ref().unwrap_or(&none));
    pool(r.attributes(), zones, "", bill)
}

/// Returns the number of zones of a pool: its own, or those of its cluster. A location with two dashes is a zone.
pub(super) fn zones(pool: &Attributes, cluster: &Attributes) -> usize {
    let own = pool.known_items("node_locations").len();
    let located = |of: &Attributes| of.text("location").optional().ok().flatten();
    let location = located(pool).or_else(|| located(cluster));
    let zonal = location.is_none_or(|l| l.split('-').count() > 2);
    if own > 0 {
        return own;
    }
    match (zonal, cluster.known_items("node_locations").len()) {
        // The locations of a zonal cluster are those besides its own zone.
        (true, more) => more + 1,
        (false, 0) => ZONES,
        (false, named) => named,
    }
}

/// Adds a pool: a number of nodes in each zone.
pub(super) fn pool(block: &Attributes, zones: usize, name: &str, bill: &mut Bill<'_>) -> Estimated<()> {
    let zones = i64::try_from(zones.max(1)).unwrap_or(1);
    let nodes = bill.known_usage("nodes").map(|(n, _)| n);
    let first = block.number("initial_node_count").optional().ok().flatten();
    let count =
        nodes.or_else(|| block.number("node_count").optional().ok().flatten()).or(first).unwrap_or_else(|| whole(1));
    let bound = |field: &str| match nodes {
        Some(nodes) => nodes,
        None => block.number(&format!("autoscaling.{field}")).known_or(count),
    };
    let times = Span::between(bound("min_node_count"), count, bound("max_node_count")).try_map(|n| n.ratio(zones, 1));
    let times = times.ok_or_else(|| Unpriced("is out of range".to_owned()))?;
    bill.repeat(name, times, |bill| {
        let spot =
            block.flag("node_config.preemptible").known_or(false) || block.flag("node_config.spot").known_or(false);
        instance(Ok(block.text("node_config.machine_type").known_or(USUAL.0.to_owned())), spot, bill);
        let kind = block.text("node_config.disk_type").known_or("pd-standard".to_owned());
        disk("", &kind, Ok(block.number("node_config.disk_size_gb").known_or(whole(USUAL.1))), bill);
        let local = block.number("node_config.local_ssd_count").known_or(Quantity::ZERO);
        local_disks(i64::try_from(local.units() / 10i128.pow(Quantity::PLACES)).unwrap_or(0), bill);
        accelerators(&block.known_items("node_config.guest_accelerator"), spot, bill);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_three_zones() {
        let of = |json: serde_json::Value| Attributes::new(crate::from_json(&json));
        let none = of(serde_json::json!({}));
        assert_eq!(zones(&of(serde_json::json!({"location": "us-central1"})), &none), 3);
        assert_eq!(zones(&of(serde_json::json!({"location": "us-central1-a"})), &none), 1);
        let cluster =
            of(serde_json::json!({"location": "us-central1", "node_locations": ["us-central1-a", "us-central1-b"]}));
        assert_eq!(zones(&none, &cluster), 2);
        let zonal = of(serde_json::json!({"location": "us-central1-a", "node_locations": ["us-central1-b"]}));
        assert_eq!(zones(&none, &zonal), 2);
        assert_eq!(zones(&of(serde_json::json!({"node_locations": ["us-central1-c"]})), &zonal), 1);
    }
}
