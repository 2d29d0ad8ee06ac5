//! Instances that are unused at night and at weekends.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::idle_instance::without_volumes;
use super::usage::{WEEK, maxima_by_hour_of_week};
use super::{AdviceInput, AdviceKind};

/// CPU utilization in percent below which an hour counts as unused.
const REST: f32 = 5.0;
/// Unused hours a week below which a schedule is not worthwhile.
const WORTH: usize = 60;

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "schedule",
    title: "Stop an instance outside its working hours",
    action_type: "Stop",
    method: "The maximum CPU utilization of each of the 168 hours of the week over all observed weeks. Working days share one span \
             of hours that covers every hour of use, plus one hour before and after. The weekend must be unused. Based on Instance \
             Scheduler on AWS.",
    safeguard: "Metrics must cover two weeks. One busy hour keeps its hour on. Auto Scaling groups, Spot Instances, instance store \
             root volumes and instances that are always idle are left out.",
    confidence: 70,
    effort: Effort::Low,
    restart: true,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[(ResourceType::Instance, Metric::CpuMaximum)],
    advise,
};

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    for resource in input.resources_of(ResourceType::Instance) {
        let Shape::Instance { state, instance_type, lifecycle, root_device, .. } = &resource.shape else { continue };
        let grouped = resource.tags.contains_key("aws:autoscaling:groupName");
        if state != "running" || grouped || lifecycle.is_some() || root_device == "instance-store" {
            continue;
        }
        let Some(cpu) = input.metric(resource, Metric::CpuMaximum).filter(|m| m.count() >= 2 * WEEK - 24) else {
            continue;
        };
        let week = maxima_by_hour_of_week(cpu);
        let busy = |hour: usize| week[hour].is_none_or(|v| v >= REST);
        if (0..5 * 24).all(|h| !busy(h)) || (5 * 24..WEEK).any(busy) {
            continue;
        }
        let used: Vec<usize> = (0..24).filter(|h| (0..5).any(|day| busy(day * 24 + h))).collect();
        let (Some(first), Some(last)) = (used.first(), used.last()) else { continue };
        let (from, to) = (first.saturating_sub(1), (last + 2).min(24));
        let off = WEEK - 5 * (to - from);
        if off < WORTH {
            continue;
        }
        let share = i64::try_from(off * 1_000_000 / WEEK).unwrap_or(0);
        let list = input.list_prices.monthly("aws_instance", without_volumes(instance_type), &resource.place.region);
        let list = list.and_then(|(a, b)| Some((a.ratio(share, 1_000_000)?, b.ratio(share, 1_000_000)?)));
        RecommendationBuilder::for_resource(
            input,
            &KIND,
            resource,
            format!("run only from {from}:00 to {to}:00 UTC, Monday to Friday"),
        )
        .evidence("unused hours of the week", off)
        .evidence("weekends", "unused")
        .suggested_change("schedule", &[("start", json!(from)), ("stop", json!(to))])
        .saves_share(resource, (share, share), list)
        .note("its volumes are still charged")
        .push_to(out);
    }
}
