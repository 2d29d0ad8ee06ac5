//! Elastic IP addresses without an association.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::{AdviceInput, AdviceKind};

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "unused_address",
    title: "Release an unassociated address",
    action_type: "Delete",
    method: "An Elastic IP address without an association. After \"Elastic IP addresses\" and the price of public IPv4 addresses.",
    safeguard: "Addresses of NAT gateways are associated and left out. A firewall elsewhere may still list the address, which is \
             not visible here, so a plan marks the address first and waits.",
    confidence: 85,
    effort: Effort::VeryLow,
    restart: false,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[],
    advise,
};

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    for resource in input.resources_of(ResourceType::Address) {
        let Shape::Address { public_ip, association: None } = &resource.shape else { continue };
        RecommendationBuilder::for_resource(input, &KIND, resource, format!("release {public_ip}"))
            .evidence("associated with", "nothing")
            .suggested_change("release_address", &[])
            .saves_all(resource, "aws_eip", json!({}))
            .push_to(out);
    }
}
