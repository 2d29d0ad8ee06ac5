//! An instance that rests every night and every weekend.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::draft::Draft;
use super::idle_instance::bare;
use super::usage::{WEEK, by_hour_of_week};
use super::{Kind, Scene};

/// An hour in which the processor stays below this, in percent, is one of rest.
const REST: f32 = 5.0;
/// Hours of rest a week below which a schedule is not worth it.
const WORTH: usize = 60;

pub(super) const KIND: Kind = Kind {
    name: "schedule",
    title: "Stop an instance outside of its hours",
    action_type: "Stop",
    method: "The highest processor use of each of the 168 hours of the week, over all weeks that were looked at. Working days share one \
             span of hours that holds every hour of use, with an hour before and after; weekends are off where they rest too. After \
             Instance Scheduler on AWS.",
    guard: "Two whole weeks must be told; one busy hour keeps its hour on; groups, spot, instance stores and machines that idle always \
            are left out.",
    confidence: 70,
    effort: Effort::Low,
    restart: true,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[(ResourceType::Instance, Metric::CpuMaximum)],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    for resource in scene.of(ResourceType::Instance) {
        let Shape::Instance { state, instance_type, lifecycle, root_device, .. } = &resource.shape else { continue };
        let grouped = resource.tags.contains_key("aws:autoscaling:groupName");
        if state != "running" || grouped || lifecycle.is_some() || root_device == "instance-store" {
            continue;
        }
        let Some(cpu) = scene.metric(resource, Metric::CpuMaximum).filter(|m| m.count() >= 2 * WEEK - 24) else {
            continue;
        };
        let week = by_hour_of_week(cpu);
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
        let list = scene.rates.monthly("aws_instance", bare(instance_type), &resource.place.region);
        let list = list.and_then(|(a, b)| Some((a.ratio(share, 1_000_000)?, b.ratio(share, 1_000_000)?)));
        Draft::of(scene, &KIND, resource, format!("run only from {from}:00 to {to}:00 UTC, Monday to Friday"))
            .saw("hours of the week without use", off)
            .saw("weekends", "at rest")
            .suggested_change("schedule", &[("start", json!(from)), ("stop", json!(to))])
            .saves_share(resource, (share, share), list)
            .note("its volumes go on costing")
            .put(out);
    }
}
