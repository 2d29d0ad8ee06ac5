//! Deletes a NAT gateway. Its addresses stay.

use serde_json::{Map, Value, json};
use tollgate_model::{Effect, Resource, ResourceType, Risk, Shape};

use super::{Kind, managed};
use crate::draft::{Draft, Unfit, act, call, fact, losing, unfit};

pub(super) const KIND: Kind = Kind {
    name: "delete_nat_gateway",
    title: "Delete a NAT gateway",
    of: &[ResourceType::NatGateway],
    risk: Risk::High,
    deletes: true,
    calls: &["ec2:DeleteNatGateway", "ec2:CreateTags", "ec2:DeleteTags"],
    reads: &["ec2:DescribeNatGateways"],
    lost: "the gateway: a new one has another id, and routes must name it",
    plan,
};

fn plan(resource: &Resource, _: &Map<String, Value>) -> Result<Draft, Unfit> {
    let Shape::NatGateway { vpc, subnet, addresses, .. } = &resource.shape else {
        return unfit("it is no NAT gateway");
    };
    let delete = call("ec2", "DeleteNatGateway", json!({ "NatGatewayId": resource.id }));
    Ok(Draft {
        what: format!("delete NAT gateway {} of {vpc}, {subnet}", resource.id),
        requires: vec![fact("state", "available")],
        actions: vec![losing(act("delete", delete, Effect::Gone), Vec::new(), KIND.lost)],
        blast_radius: [
            vec![
                "routes that name it become black holes".to_owned(),
                format!("its addresses stay and go on costing: {}", addresses.join(", ")),
            ],
            managed(resource),
        ]
        .concat(),
    })
}
