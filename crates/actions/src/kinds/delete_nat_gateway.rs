//! Deletes a NAT gateway. Its addresses stay.

use serde_json::{Map, Value, json};
use tollgate_model::{Effect, Resource, ResourceType, Risk, Shape};

use super::{ChangeKind, managed};
use crate::draft::{ChangeDraft, NotApplicable, act, call, fact, losing, not_applicable};

pub(super) const KIND: ChangeKind = ChangeKind {
    name: "delete_nat_gateway",
    title: "Delete a NAT gateway",
    of: &[ResourceType::NatGateway],
    risk: Risk::High,
    deletes: true,
    calls: &["ec2:DeleteNatGateway", "ec2:CreateTags", "ec2:DeleteTags"],
    reads: &["ec2:DescribeNatGateways"],
    lost: "the gateway: a new one has a new id, and routes must be changed to it",
    plan,
};

fn plan(resource: &Resource, _: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    let Shape::NatGateway { vpc, subnet, addresses, .. } = &resource.shape else {
        return not_applicable("it is no NAT gateway");
    };
    let delete = call("ec2", "DeleteNatGateway", json!({ "NatGatewayId": resource.id }));
    Ok(ChangeDraft {
        what: format!("delete NAT gateway {} of {vpc}, {subnet}", resource.id),
        requires: vec![fact("state", "available")],
        actions: vec![losing(act("delete", delete, Effect::Gone), Vec::new(), KIND.lost)],
        blast_radius: [
            vec![
                "routes to it become black holes".to_owned(),
                format!("its addresses stay and keep costing money: {}", addresses.join(", ")),
            ],
            managed(resource),
        ]
        .concat(),
    })
}
