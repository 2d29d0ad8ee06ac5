//! google_dataproc_cluster: its instances and their disks as Compute Engine, and the fee of Dataproc for each core.
//!
//! Source: Google Cloud, "Dataproc pricing", and the provider's `google_dataproc_cluster`. Read 2026-11-28.

use super::machines::{accelerators, cores, disk, instance, local_disks};
use crate::prelude::*;

/// The disk of a node where none is set, in GB.
const DISK: i64 = 1000;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.has("virtual_cluster_config") {
        return Err(Unpriced("it runs on a cluster of Kubernetes, by the cores of its jobs".to_owned()));
    }
    // A cluster without workers has the master only.
    let properties = "cluster_config.software_config.override_properties";
    let single = r.attributes().entry(properties, "dataproc:dataproc.allow.zero.workers");
    let workers = if single.known_or(String::new()) == "true" { 0 } else { 2 };
    for (name, block, usual, spot) in [
        ("Master", "master_config", 1, false),
        ("Worker", "worker_config", workers, false),
        ("Secondary worker", "preemptible_worker_config", 0, true),
    ] {
        let path = |field: &str| format!("cluster_config.{block}.{field}");
        let count = r.number(&path("num_instances")).or(whole(usual))?;
        if count == Quantity::ZERO {
            continue;
        }
        // Secondary workers have the machine type of the workers.
        let of = if spot { "worker_config" } else { block };
        let machine = r.text(&format!("cluster_config.{of}.machine_type")).required();
        let spot = spot && r.text(&path("preemptibility")).known_or(String::new()) != "NON_PREEMPTIBLE";
        bill.repeat(&format!("{name}: "), Span::exactly(count), |bill| {
            instance(machine.clone(), spot, bill);
            let kind = r.text(&path("disk_config.boot_disk_type")).known_or("pd-standard".to_owned());
            disk("", &kind, Ok(r.number(&path("disk_config.boot_disk_size_gb")).known_or(whole(DISK))), bill);
            let local = r.number(&path("disk_config.num_local_ssds")).known_or(Quantity::ZERO);
            local_disks(i64::try_from(local.units() / 10i128.pow(Quantity::PLACES)).unwrap_or(0), bill);
            accelerators(&r.known_items(&path("accelerators")), spot, bill);
            let fee = machine
                .and_then(|kind| cores(&kind).ok_or_else(|| Unpriced(format!("the cores of {kind} are not known"))));
            bill.hourly("Fee of Dataproc, by the core", "google/dataproc/vcpu", fee);
            Ok(())
        })?;
    }
    if r.has("cluster_config.autoscaling_config.policy_uri") {
        bill.unpriced("Workers that autoscaling adds", "their number is in the policy");
    }
    Ok(())
}
