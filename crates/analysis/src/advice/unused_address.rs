//! A public address that belongs to nothing.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{ResourceType, Risk, Shape};

use super::draft::Draft;
use super::{Kind, Scene};

pub(super) const KIND: Kind = Kind {
    name: "unused_address",
    title: "Release an address that belongs to nothing",
    action_type: "Delete",
    method: "An Elastic IP address without an association. After \"Elastic IP addresses\" and the price of public IPv4 addresses.",
    guard: "Addresses of NAT gateways are associated; somebody else's firewall may still name it, which is not seen from here, so a plan \
            marks it and waits.",
    confidence: 85,
    effort: Effort::VeryLow,
    restart: false,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    for resource in scene.of(ResourceType::Address) {
        let Shape::Address { public_ip, association: None } = &resource.shape else { continue };
        Draft::of(scene, &KIND, resource, format!("release {public_ip}"))
            .saw("associated with", "nothing")
            .suggested_change("release_address", &[])
            .saves_all(resource, "aws_eip", json!({}))
            .put(out);
    }
}
