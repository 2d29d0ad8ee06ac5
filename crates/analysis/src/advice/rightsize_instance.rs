//! An instance that is larger than what it does.

use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::draft::Draft;
use super::idle_instance::bare;
use super::machines::{machine, smaller};
use super::usage::percentile;
use super::{Kind, Scene};

pub(super) const KIND: Kind = Kind {
    name: "rightsize_instance",
    title: "Resize an instance to what it needs",
    action_type: "Rightsize",
    method: "The smallest size of the same family that keeps the 99th percentile of the hours' highest processor use, and of memory \
             use where an agent tells it, below 100 % less advice.headroom_percent. After the P99.5 with 20 % headroom that AWS \
             Compute Optimizer takes by default.",
    guard: "Without memory use only the next smaller size is advised, and it says so; burstable types, groups and spot are left out.",
    confidence: 80,
    effort: Effort::Medium,
    restart: true,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[(ResourceType::Instance, Metric::CpuMaximum), (ResourceType::Instance, Metric::MemoryMaximum)],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    let room = f64::from(100 - scene.thresholds.headroom_percent.min(90));
    for resource in scene.of(ResourceType::Instance) {
        let Shape::Instance { state, instance_type, lifecycle, platform, .. } = &resource.shape else { continue };
        let grouped = resource.tags.contains_key("aws:autoscaling:groupName");
        let Some(now) = machine(instance_type) else { continue };
        if state != "running" || grouped || lifecycle.is_some() || now.burstable {
            continue;
        }
        let Some(cpu) = scene.metric(resource, Metric::CpuMaximum).and_then(|m| percentile(m, 99)) else { continue };
        let memory = scene.metric(resource, Metric::MemoryMaximum).and_then(|m| percentile(m, 99));
        let fits = |to: &super::machines::Machine| {
            let of = |used: f64, now: u32, then: u32| used * f64::from(now) / f64::from(then) <= room;
            of(cpu, now.vcpu, to.vcpu) && memory.is_none_or(|m| of(m, now.memory_mib, to.memory_mib))
        };
        let mut found = smaller(now).take_while(fits);
        // Of what nobody measures only one step is taken.
        let Some(to) = (if memory.is_some() { found.last() } else { found.next() }) else { continue };
        let draft = Draft::of(scene, &KIND, resource, format!("resize from {instance_type} to {}", to.name))
            .saw("processor, 99th percentile of hourly maxima", format!("{cpu:.1} % of {} vCPU", now.vcpu))
            .saw(
                "memory, 99th percentile of hourly maxima",
                memory.map_or("not told".to_owned(), |m| format!("{m:.1} %")),
            )
            .saw("room that is left", format!("{} %", scene.thresholds.headroom_percent))
            .suggested_change("resize_instance", &[("instance_type", to.name.into())])
            .saves_difference(resource, "aws_instance", bare(instance_type), bare(to.name));
        let draft = if memory.is_none() {
            draft.less_sure(25).note("memory use is not known: install the CloudWatch agent")
        } else {
            draft
        };
        let draft =
            if platform.starts_with("Windows") { draft.note("its licence is not reckoned with") } else { draft };
        draft.put(out);
    }
}
