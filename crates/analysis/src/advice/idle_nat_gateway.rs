//! A NAT gateway through which nothing goes.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::draft::Draft;
use super::{Kind, Scene};

/// Bytes in two weeks that are no use: what a health check of the gateway itself may leave.
const NOTHING: f64 = 1024.0 * 1024.0;

pub(super) const KIND: Kind = Kind {
    name: "idle_nat_gateway",
    title: "Delete a NAT gateway that nobody uses",
    action_type: "Delete",
    method: "Less than 1 MiB to and from destinations in advice.idle_days. After the NAT gateway recommendations of AWS Compute Optimizer.",
    guard: "Metrics must be told for nine of ten hours; younger ones are left out. A gateway may stand by for another zone: that is not seen \
            from here, so two people approve and a plan marks it and waits.",
    confidence: 75,
    effort: Effort::Low,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[(ResourceType::NatGateway, Metric::ProcessedBytes)],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    let days = scene.thresholds.idle_days;
    for resource in scene.of(ResourceType::NatGateway) {
        let Shape::NatGateway { state, vpc, .. } = &resource.shape else { continue };
        let young = scene.age(resource).is_none_or(|age| age < days);
        let told = scene.metric(resource, Metric::ProcessedBytes).is_some();
        let bytes = scene.total(resource, Metric::ProcessedBytes);
        if state != "available" || young || !told || bytes >= NOTHING {
            continue;
        }
        Draft::of(scene, &KIND, resource, format!("delete the NAT gateway of {vpc}"))
            .saw("bytes to and from destinations", format!("{bytes:.0} in {days} days"))
            .suggested_change("delete_nat_gateway", &[])
            .saves_all(resource, "aws_nat_gateway", json!({ "monthly_data_processed_gb": 0 }))
            .note("its address goes on costing until it is released")
            .put(out);
    }
}
