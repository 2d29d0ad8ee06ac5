//! AlloyDB: cores and memory of instances, storage of clusters and backups.
//!
//! Source: Google Cloud, "AlloyDB for PostgreSQL pricing" and the provider's `google_alloydb_instance`. Read 2026-11-28.

use crate::prelude::*;

/// Memory of a core, in GB, of every machine type that AlloyDB has.
const MEMORY: i64 = 8;

/// google_alloydb_instance: cores and memory of its nodes.
pub(super) fn instance(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let cores = match r.number("machine_config.cpu_count").optional()? {
        Some(cores) => cores,
        None => of_machine(&r.text("machine_config.machine_type").required()?)?,
    };
    let pool = r.text("instance_type").known_or("PRIMARY".to_owned()) == "READ_POOL";
    let nodes = match r.text("availability_type").known_or("REGIONAL".to_owned()).as_str() {
        _ if pool => r.number("read_pool_config.node_count").required()?,
        "ZONAL" => whole(1),
        // An active node and a standby in another zone.
        _ => whole(2),
    };
    let all = product(cores, nodes).ok_or_else(|| Unpriced("is out of range".to_owned()))?;
    let memory = all.ratio(MEMORY, 1).ok_or_else(|| Unpriced("is out of range".to_owned()));
    bill.hourly("Cores", "google/alloydb/vcpu", all);
    bill.hourly("Memory, GB", "google/alloydb/memory", memory);
    Ok(())
}

/// `n2-highmem-4`, `c4a-highmem-4-lssd`.
fn of_machine(kind: &str) -> Estimated<Quantity> {
    let cores = kind.split('-').nth(2).and_then(|n| n.parse::<i64>().ok());
    cores.map(whole).ok_or_else(|| Unpriced(format!("the cores of {kind} are not known")))
}

/// google_alloydb_cluster: what is stored; its instances are resources of their own.
pub(super) fn cluster(_: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    bill.usage("Storage", "GB", "google/alloydb/storage", "storage_gb", 100);
    bill.known("Backups", "GB", "google/alloydb/backup", "backup_storage_gb");
    Ok(())
}

/// google_alloydb_backup.
pub(super) fn backup(_: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    bill.usage("Backup", "GB", "google/alloydb/backup", "storage_gb", 100);
    Ok(())
}
