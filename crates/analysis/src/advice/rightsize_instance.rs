//! Instances that are larger than they need.

use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::idle_instance::without_volumes;
use super::machines::{find_machine, smaller_types};
use super::usage::percentile;
use super::{AdviceInput, AdviceKind};

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "rightsize_instance",
    title: "Resize an oversized instance",
    action_type: "Rightsize",
    method: "The smallest size of the same family that keeps the 99th percentile of the hourly maximum CPU utilization, and of \
             memory utilization if an agent reports it, below 100 % minus advice.headroom_percent. Based on the P99.5 with 20 % \
             headroom that AWS Compute Optimizer uses by default.",
    safeguard: "Without memory utilization only the next smaller size is recommended, with a note. Burstable types, Auto Scaling \
             groups and Spot Instances are left out.",
    confidence: 80,
    effort: Effort::Medium,
    restart: true,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[(ResourceType::Instance, Metric::CpuMaximum), (ResourceType::Instance, Metric::MemoryMaximum)],
    advise,
};

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    let room = f64::from(100 - input.thresholds.headroom_percent.min(90));
    for resource in input.resources_of(ResourceType::Instance) {
        let Shape::Instance { state, instance_type, lifecycle, platform, .. } = &resource.shape else { continue };
        let grouped = resource.tags.contains_key("aws:autoscaling:groupName");
        let Some(now) = find_machine(instance_type) else { continue };
        if state != "running" || grouped || lifecycle.is_some() || now.burstable {
            continue;
        }
        let Some(cpu) = input.metric(resource, Metric::CpuMaximum).and_then(|m| percentile(m, 99)) else { continue };
        let memory = input.metric(resource, Metric::MemoryMaximum).and_then(|m| percentile(m, 99));
        let fits = |to: &super::machines::Machine| {
            let of = |used: f64, now: u32, then: u32| used * f64::from(now) / f64::from(then) <= room;
            of(cpu, now.vcpu, to.vcpu) && memory.is_none_or(|m| of(m, now.memory_mib, to.memory_mib))
        };
        let mut found = smaller_types(now).take_while(fits);
        // Without memory metrics only one step is recommended.
        let Some(to) = (if memory.is_some() { found.last() } else { found.next() }) else { continue };
        let draft = RecommendationBuilder::for_resource(
            input,
            &KIND,
            resource,
            format!("resize from {instance_type} to {}", to.name),
        )
        .evidence("CPU, 99th percentile of hourly maxima", format!("{cpu:.1} % of {} vCPU", now.vcpu))
        .evidence(
            "memory, 99th percentile of hourly maxima",
            memory.map_or("unknown".to_owned(), |m| format!("{m:.1} %")),
        )
        .evidence("headroom", format!("{} %", input.thresholds.headroom_percent))
        .suggested_change("resize_instance", &[("instance_type", to.name.into())])
        .saves_difference(resource, "aws_instance", without_volumes(instance_type), without_volumes(to.name));
        let draft = if memory.is_none() {
            draft.lower_confidence(25).note("memory use is unknown: install the CloudWatch agent")
        } else {
            draft
        };
        let draft =
            if platform.starts_with("Windows") { draft.note("the cost of its license is not included") } else { draft };
        draft.push_to(out);
    }
}
