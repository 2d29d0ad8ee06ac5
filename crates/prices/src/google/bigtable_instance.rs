//! google_bigtable_instance: nodes of its clusters by the hour, storage.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let clusters = r.items("cluster")?;
    if clusters.is_empty() {
        return Err(Unpriced("its clusters are not known".to_owned()));
    }
    let mut kinds = Vec::new();
    for (n, cluster) in clusters.iter().enumerate() {
        let name = cluster.text("cluster_id").known_or(format!("cluster {}", n + 1));
        let bound = |field: &str| cluster.number(&format!("autoscaling_config.{field}")).optional().ok().flatten();
        let nodes = match (bound("min_nodes"), bound("max_nodes")) {
            (Some(least), Some(most)) => Ok(Span::between(least, least, most)),
            // An instance for development has one node, which its configuration does not state.
            _ => cluster.number("num_nodes").or(whole(1)).map(Span::exactly),
        };
        bill.hourly(&format!("Nodes, {name}"), "google/bigtable/node", nodes);
        let kind = cluster.text("storage_type").known_or("SSD".to_owned()).to_lowercase();
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    for kind in kinds {
        let figure = format!("storage_{kind}_gb");
        bill.usage(&format!("Storage, {kind}"), "GB", &format!("google/bigtable/storage-{kind}"), &figure, 100);
    }
    bill.known("Backups", "GB", "google/bigtable/backup", "backup_storage_gb");
    Ok(())
}
