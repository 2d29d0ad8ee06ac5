//! A function with more memory than it uses.

use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::draft::Draft;
use super::usage::percentile;
use super::{Kind, Scene};

/// The least that Lambda gives, in MiB.
const LEAST: u32 = 128;
/// A function's processor grows with its memory, up to one whole vCPU at so many MiB.
const ONE_CPU: u32 = 1769;

pub(super) const KIND: Kind = Kind {
    name: "function_memory",
    title: "Give a function the memory that it uses",
    action_type: "Rightsize",
    method: "The highest memory use that Lambda Insights tells, with advice.headroom_percent of room, as a share of what is configured. After \
             \"Configure Lambda function memory\": a function gets processor in proportion, a whole one at 1,769 MiB.",
    guard: "Only where Lambda Insights tells memory; less memory is less processor, so a function below 1,769 MiB may run longer, and half of \
            the saving is the least that is promised to be lost by it; the duration limit must keep twice the longest run.",
    confidence: 60,
    effort: Effort::Low,
    restart: false,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[
        (ResourceType::Function, Metric::MemoryMaximum),
        (ResourceType::Function, Metric::DurationMaximum),
        (ResourceType::Function, Metric::Invocations),
    ],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    for resource in scene.of(ResourceType::Function) {
        let Shape::Function { memory_mib, timeout_seconds, state, .. } = &resource.shape else { continue };
        let of = |metric| scene.metrics.get(&(resource.place.clone(), resource.id.clone()))?.get(&metric);
        // A function is told of only in hours in which it runs.
        let (Some(memory), Some(duration)) = (of(Metric::MemoryMaximum), of(Metric::DurationMaximum)) else { continue };
        let (Some(used), Some(longest)) = (percentile(memory, 100), percentile(duration, 100)) else { continue };
        if state != "Active" || memory.count() < 24 || scene.total(resource, Metric::Invocations) < 100.0 {
            continue;
        }
        let room = f64::from(100 - scene.thresholds.headroom_percent.min(90));
        let needs = f64::from(*memory_mib) * used / room;
        let to = (needs / 64.0).ceil() as u32 * 64;
        let to = to.max(LEAST);
        let slower = if *memory_mib > ONE_CPU && to >= ONE_CPU { 1.0 } else { f64::from(*memory_mib) / f64::from(to) };
        let in_time = longest * slower * 2.0 <= f64::from(*timeout_seconds) * 1000.0;
        if to.saturating_mul(5) > memory_mib.saturating_mul(4) || !in_time {
            continue;
        }
        let share = 1_000_000 - i64::from(to) * 1_000_000 / i64::from((*memory_mib).max(1));
        // What is bound by the processor runs as much longer as it has less: it saves nothing.
        let least = if slower > 1.0 { 0 } else { share };
        Draft::of(scene, &KIND, resource, format!("lower the memory from {memory_mib} to {to} MiB"))
            .saw("highest memory use", format!("{used:.0} % of {memory_mib} MiB"))
            .saw("longest run", format!("{longest:.0} ms of {timeout_seconds} s"))
            .suggested_change("function_memory", &[("memory_mib", to.into())])
            .saves_share(resource, (least, share), None)
            .put(out);
    }
}
