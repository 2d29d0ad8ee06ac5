//! Idle instances: almost no CPU, network and disk activity.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::usage::percentile;
use super::{AdviceInput, AdviceKind};

/// Network bytes a day of an idle instance: traffic of updates, time synchronization and monitoring.
const NETWORK_A_DAY: f64 = 5.0 * 1024.0 * 1024.0;
/// Disk operations an hour of an idle system: a few a second.
const DISK_AN_HOUR: f64 = 5.0 * 3600.0;

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "idle_instance",
    title: "Stop an idle instance",
    action_type: "Stop",
    method: "The 99th percentile of the hourly maximum CPU utilization is below advice.idle_cpu_percent, network traffic is below 5 \
             MiB a day and disk operations average below 5 a second, all over advice.idle_days. Based on the idle check of AWS \
             Trusted Advisor (10 % CPU and 5 MB of network traffic on 4 of 14 days), but stricter in each condition.",
    safeguard: "Metrics must cover nine of ten hours. The maximum of each hour counts, not its average. Instances that are younger \
             than advice.idle_days, belong to an Auto Scaling group or have an instance store root volume are left out.",
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

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    let days = input.thresholds.idle_days;
    for resource in input.resources_of(ResourceType::Instance) {
        let Shape::Instance { state, instance_type, root_device, .. } = &resource.shape else { continue };
        let grouped = resource.tags.contains_key("aws:autoscaling:groupName");
        let young = input.age_days(resource).is_none_or(|age| age < days);
        if state != "running" || grouped || young || root_device == "instance-store" {
            continue;
        }
        let (Some(cpu), Some(network)) =
            (input.metric(resource, Metric::CpuMaximum), input.metric(resource, Metric::NetworkBytes))
        else {
            continue;
        };
        let Some(busiest) = percentile(cpu, 99) else { continue };
        let hours = network.count().max(1) as f64;
        let a_day = network.known_values().map(f64::from).sum::<f64>() / hours * 24.0;
        // Older types have no disk metrics; they are judged by CPU and network alone, with a lower confidence.
        let disks = input.metric(resource, Metric::DiskOperations);
        let disk = disks.map(|d| d.known_values().map(f64::from).sum::<f64>() / d.count().max(1) as f64);
        if busiest >= f64::from(input.thresholds.idle_cpu_percent)
            || a_day >= NETWORK_A_DAY
            || disk.is_some_and(|d| d >= DISK_AN_HOUR)
        {
            continue;
        }
        let draft = RecommendationBuilder::for_resource(
            input,
            &KIND,
            resource,
            format!("stop {instance_type}, which was idle for {days} days"),
        )
        .evidence("CPU, 99th percentile of hourly maxima", format!("{busiest:.1} %"))
        .evidence("network a day", format!("{:.1} MiB", a_day / 1024.0 / 1024.0))
        .evidence("disk operations a second", disk.map_or("unknown".to_owned(), |d| format!("{:.2}", d / 3600.0)))
        .suggested_change("stop_instance", &[])
        .saves_all(resource, "aws_instance", without_volumes(instance_type))
        .note("its volumes and addresses are still charged");
        let draft = if disk.is_none() { draft.lower_confidence(10) } else { draft };
        draft.push_to(out);
    }
}

/// The attributes of an instance without its volumes, for price estimates.
pub(super) fn without_volumes(instance_type: &str) -> serde_json::Value {
    json!({ "instance_type": instance_type, "root_block_device": [{ "volume_size": 0 }] })
}
