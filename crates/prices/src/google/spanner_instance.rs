//! google_spanner_instance: nodes of each replica by the hour, by edition; storage.
//!
//! Source: Google Cloud, "Spanner pricing" and "Instances overview". Read 2026-11-28.

use crate::prelude::*;

/// Read-write replicas of a regional configuration.
const REPLICAS: i64 = 3;
/// Processing units of a node.
const UNITS: i64 = 1000;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.text("instance_type").known_or("PROVISIONED".to_owned()) == "FREE_INSTANCE" {
        return Ok(());
    }
    // `regional-europe-west1`, or the name of a configuration of several regions: `nam3`.
    let config = r.text("config").required()?;
    let config = config.rsplit('/').next().unwrap_or_default();
    let edition = r.text("edition").known_or("STANDARD".to_owned()).to_lowercase().replace('_', "-");
    let nodes = nodes(r);
    let Some(region) = config.strip_prefix("regional-") else {
        bill.unpriced(
            &format!("Nodes, {config}, {edition}"),
            "the number of replicas of a configuration of several regions is not known",
        );
        return Ok(());
    };
    bill.in_region(region, |bill| {
        let all = nodes.and_then(|span| {
            span.try_map(|n| n.ratio(REPLICAS, 1)).ok_or_else(|| Unpriced("is out of range".to_owned()))
        });
        bill.hourly(&format!("Nodes of each replica, {edition}"), &format!("google/spanner/replica-{edition}"), all);
        bill.usage("Storage", "GB", "google/spanner/storage", "storage_gb", 100);
        bill.known("Backups", "GB", "google/spanner/backup", "backup_storage_gb");
        Ok(())
    })
}

/// The nodes: those that are set, or the limits of autoscaling.
fn nodes(r: &EstimateInput<'_>) -> Estimated<Span<Quantity>> {
    let of_units = |units: Quantity| units.ratio(1, UNITS);
    let limit = |bound: &str| {
        let path = |unit: &str| format!("autoscaling_config.autoscaling_limits.{bound}_{unit}");
        let nodes = r.number(&path("nodes")).optional().ok().flatten();
        nodes.or_else(|| of_units(r.number(&path("processing_units")).optional().ok().flatten()?))
    };
    if let (Some(least), Some(most)) = (limit("min"), limit("max")) {
        return Ok(Span::between(least, least, most));
    }
    if let Some(nodes) = r.number("num_nodes").optional()? {
        return Ok(Span::exactly(nodes));
    }
    let units = r.number("processing_units").required()?;
    of_units(units).map(Span::exactly).ok_or_else(|| Unpriced("is out of range".to_owned()))
}
