//! Load balancers without requests.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::{AdviceInput, AdviceKind};

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "idle_load_balancer",
    title: "Delete an idle load balancer",
    action_type: "Delete",
    method: "No request and no new flow in advice.idle_days. Based on the check of AWS Trusted Advisor for idle load balancers \
             (fewer than 100 requests a day for 7 days), but stricter.",
    safeguard: "CloudWatch omits hours without requests, so its metrics must have been read without an error. Load balancers \
             younger than advice.idle_days are left out.",
    confidence: 80,
    effort: Effort::Low,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[(ResourceType::LoadBalancer, Metric::Requests)],
    advise,
};

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    let days = input.thresholds.idle_days;
    for resource in input.resources_of(ResourceType::LoadBalancer) {
        let Shape::LoadBalancer { state, kind, targets, name, .. } = &resource.shape else { continue };
        let young = input.age_days(resource).is_none_or(|age| age < days);
        if state != "active"
            || young
            || !input.was_measured(resource)
            || input.total_use(resource, Metric::Requests) > 0.0
        {
            continue;
        }
        RecommendationBuilder::for_resource(input, &KIND, resource, format!("delete {kind} load balancer {name}"))
            .evidence("requests or new flows", format!("none in {days} days"))
            .evidence("targets", targets)
            .suggested_change("delete_load_balancer", &[])
            .saves_all(resource, "aws_lb", json!({ "load_balancer_type": kind, "processed_bytes_gb": 0 }))
            .push_to(out);
    }
}
