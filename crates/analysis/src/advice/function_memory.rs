//! Functions with more memory than they use.

use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::usage::percentile;
use super::{AdviceInput, AdviceKind};

/// Lambda's minimum, in MiB.
const LEAST: u32 = 128;
/// A function's CPU grows with its memory, up to one vCPU at this number of MiB.
const ONE_CPU: u32 = 1769;

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "function_memory",
    title: "Reduce a function's memory",
    action_type: "Rightsize",
    method: "The maximum memory use that Lambda Insights reports, plus advice.headroom_percent of headroom, as a share of the \
             configured memory. After \"Configure Lambda function memory\": CPU grows with memory, up to one vCPU at 1,769 MiB.",
    safeguard: "Only functions whose memory use Lambda Insights reports. Below 1,769 MiB less memory means less CPU, so the \
             function may run longer: the lower end of the saving is then zero. The timeout must be at least twice the longest \
             run.",
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

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    for resource in input.resources_of(ResourceType::Function) {
        let Shape::Function { memory_mib, timeout_seconds, state, .. } = &resource.shape else { continue };
        let of = |metric| input.metrics.get(&(resource.place.clone(), resource.id.clone()))?.get(&metric);
        // A function has metrics only in hours in which it runs.
        let (Some(memory), Some(duration)) = (of(Metric::MemoryMaximum), of(Metric::DurationMaximum)) else { continue };
        let (Some(used), Some(longest)) = (percentile(memory, 100), percentile(duration, 100)) else { continue };
        if state != "Active" || memory.count() < 24 || input.total_use(resource, Metric::Invocations) < 100.0 {
            continue;
        }
        let room = f64::from(100 - input.thresholds.headroom_percent.min(90));
        let needs = f64::from(*memory_mib) * used / room;
        let to = (needs / 64.0).ceil() as u32 * 64;
        let to = to.max(LEAST);
        let slower = if *memory_mib > ONE_CPU && to >= ONE_CPU { 1.0 } else { f64::from(*memory_mib) / f64::from(to) };
        let in_time = longest * slower * 2.0 <= f64::from(*timeout_seconds) * 1000.0;
        if to.saturating_mul(5) > memory_mib.saturating_mul(4) || !in_time {
            continue;
        }
        let share = 1_000_000 - i64::from(to) * 1_000_000 / i64::from((*memory_mib).max(1));
        // A CPU-bound function runs longer in proportion and saves nothing.
        let least = if slower > 1.0 { 0 } else { share };
        RecommendationBuilder::for_resource(
            input,
            &KIND,
            resource,
            format!("lower the memory from {memory_mib} to {to} MiB"),
        )
        .evidence("maximum memory use", format!("{used:.0} % of {memory_mib} MiB"))
        .evidence("longest run", format!("{longest:.0} ms of {timeout_seconds} s"))
        .suggested_change("function_memory", &[("memory_mib", to.into())])
        .saves_share(resource, (least, share), None)
        .push_to(out);
    }
}
