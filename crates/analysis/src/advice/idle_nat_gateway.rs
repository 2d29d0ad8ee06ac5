//! NAT gateways without traffic.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::{AdviceInput, AdviceKind};

/// Bytes in two weeks that do not count as use, such as health checks of the gateway itself.
const NOTHING: f64 = 1024.0 * 1024.0;

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "idle_nat_gateway",
    title: "Delete an idle NAT gateway",
    action_type: "Delete",
    method: "Less than 1 MiB to and from destinations in advice.idle_days. Based on the NAT gateway recommendations of AWS Compute \
             Optimizer.",
    safeguard: "Metrics must cover nine of ten hours. Gateways younger than advice.idle_days are left out. A gateway may be a \
             standby for another zone, which is not visible here, so two people approve and a plan marks the gateway first and \
             waits.",
    confidence: 75,
    effort: Effort::Low,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[(ResourceType::NatGateway, Metric::ProcessedBytes)],
    advise,
};

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    let days = input.thresholds.idle_days;
    for resource in input.resources_of(ResourceType::NatGateway) {
        let Shape::NatGateway { state, vpc, .. } = &resource.shape else { continue };
        let young = input.age_days(resource).is_none_or(|age| age < days);
        let measured = input.metric(resource, Metric::ProcessedBytes).is_some();
        let bytes = input.total_use(resource, Metric::ProcessedBytes);
        if state != "available" || young || !measured || bytes >= NOTHING {
            continue;
        }
        RecommendationBuilder::for_resource(input, &KIND, resource, format!("delete the NAT gateway of {vpc}"))
            .evidence("bytes to and from destinations", format!("{bytes:.0} in {days} days"))
            .suggested_change("delete_nat_gateway", &[])
            .saves_all(resource, "aws_nat_gateway", json!({ "monthly_data_processed_gb": 0 }))
            .note("its address is charged until it is released")
            .push_to(out);
    }
}
