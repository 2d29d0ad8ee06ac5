//! An instance that nobody uses: its processor, its network and its disks rest for two weeks.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::draft::Draft;
use super::usage::percentile;
use super::{Kind, Scene};

/// Bytes of network in a day below which nobody talks to it: what updates, time and monitoring need.
const NETWORK_A_DAY: f64 = 5.0 * 1024.0 * 1024.0;
/// Reads and writes of disks in an hour of a system at rest: a few a second.
const DISK_AN_HOUR: f64 = 5.0 * 3600.0;

pub(super) const KIND: Kind = Kind {
    name: "idle_instance",
    title: "Stop an instance that nobody uses",
    action_type: "Stop",
    method: "99th percentile of the hours' highest processor use below advice.idle_cpu_percent, less than 5 MiB of network a day and less \
             than 5 disk operations a second on average, all over advice.idle_days. After the idle check of AWS Trusted Advisor (10 % \
             CPU and 5 MB of network on 4 of 14 days), stricter in each part.",
    guard: "Nine of ten hours must be told; the highest use of an hour counts, not its average; younger machines, those of an \
            Auto Scaling group and those with an instance store are left out.",
    confidence: 85,
    effort: Effort::Low,
    restart: true,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[
        (ResourceType::Instance, Metric::CpuMaximum),
        (ResourceType::Instance, Metric::NetworkBytes),
        (ResourceType::Instance, Metric::DiskOperations),
    ],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    let days = scene.thresholds.idle_days;
    for resource in scene.of(ResourceType::Instance) {
        let Shape::Instance { state, instance_type, root_device, .. } = &resource.shape else { continue };
        let grouped = resource.tags.contains_key("aws:autoscaling:groupName");
        let young = scene.age(resource).is_none_or(|age| age < days);
        if state != "running" || grouped || young || root_device == "instance-store" {
            continue;
        }
        let (Some(cpu), Some(network)) =
            (scene.metric(resource, Metric::CpuMaximum), scene.metric(resource, Metric::NetworkBytes))
        else {
            continue;
        };
        let Some(busiest) = percentile(cpu, 99) else { continue };
        let hours = network.count().max(1) as f64;
        let a_day = network.known_values().map(f64::from).sum::<f64>() / hours * 24.0;
        // Older types don't tell their disks; what is not told counts as nothing only beside the other two.
        let disks = scene.metric(resource, Metric::DiskOperations);
        let disk = disks.map(|d| d.known_values().map(f64::from).sum::<f64>() / d.count().max(1) as f64);
        if busiest >= f64::from(scene.thresholds.idle_cpu_percent)
            || a_day >= NETWORK_A_DAY
            || disk.is_some_and(|d| d >= DISK_AN_HOUR)
        {
            continue;
        }
        let draft =
            Draft::of(scene, &KIND, resource, format!("stop {instance_type}, which nobody has used for {days} days"))
                .saw("processor, 99th percentile of hourly maxima", format!("{busiest:.1} %"))
                .saw("network a day", format!("{:.1} MiB", a_day / 1024.0 / 1024.0))
                .saw("disk operations a second", disk.map_or("not told".to_owned(), |d| format!("{:.2}", d / 3600.0)))
                .suggested_change("stop_instance", &[])
                .saves_all(resource, "aws_instance", bare(instance_type))
                .note("its volumes and addresses go on costing");
        let draft = if disk.is_none() { draft.less_sure(10) } else { draft };
        draft.put(out);
    }
}

/// An instance without its volumes, as estimates take it.
pub(super) fn bare(instance_type: &str) -> serde_json::Value {
    json!({ "instance_type": instance_type, "root_block_device": [{ "volume_size": 0 }] })
}
