//! A load balancer that nobody asks, or that has nothing behind it.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::draft::Draft;
use super::{Kind, Scene};

pub(super) const KIND: Kind = Kind {
    name: "idle_load_balancer",
    title: "Delete a load balancer that nobody uses",
    action_type: "Delete",
    method: "No request or new flow in advice.idle_days, or no registered target. After the check of AWS Trusted Advisor for idle load \
             balancers (fewer than 100 requests a day for 7 days), stricter.",
    guard: "CloudWatch leaves hours without a request out, so metrics must have been asked for and answered; younger ones are left out.",
    confidence: 80,
    effort: Effort::Low,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[(ResourceType::LoadBalancer, Metric::Requests)],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    let days = scene.thresholds.idle_days;
    for resource in scene.of(ResourceType::LoadBalancer) {
        let Shape::LoadBalancer { state, kind, targets, name, .. } = &resource.shape else { continue };
        let young = scene.age(resource).is_none_or(|age| age < days);
        if state != "active" || young || !scene.was_measured(resource) || scene.total(resource, Metric::Requests) > 0.0
        {
            continue;
        }
        Draft::of(scene, &KIND, resource, format!("delete {kind} load balancer {name}"))
            .saw("requests or new flows", format!("none in {days} days"))
            .saw("targets", targets)
            .suggested_change("delete_load_balancer", &[])
            .saves_all(resource, "aws_lb", json!({ "load_balancer_type": kind, "processed_bytes_gb": 0 }))
            .put(out);
    }
}
