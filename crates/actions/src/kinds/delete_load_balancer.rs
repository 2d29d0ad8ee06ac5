//! Deletes a load balancer.

use serde_json::{Map, Value, json};
use tollgate_model::{Effect, Resource, ResourceType, Risk, Shape};

use super::{Kind, managed};
use crate::draft::{Draft, Unfit, act, call, fact, losing, unfit};

pub(super) const KIND: Kind = Kind {
    name: "delete_load_balancer",
    title: "Delete a load balancer",
    of: &[ResourceType::LoadBalancer],
    risk: Risk::High,
    deletes: true,
    calls: &[
        "elasticloadbalancing:DeleteLoadBalancer",
        "elasticloadbalancing:AddTags",
        "elasticloadbalancing:RemoveTags",
    ],
    reads: &[
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
    ],
    lost: "the load balancer with its listeners, its rules and its name in DNS; its target groups stay",
    plan,
};

fn plan(resource: &Resource, _: &Map<String, Value>) -> Result<Draft, Unfit> {
    let Shape::LoadBalancer { name, kind, deletion_protection, .. } = &resource.shape else {
        return unfit("it is no load balancer");
    };
    if *deletion_protection == Some(true) {
        return unfit("it is protected: take deletion_protection.enabled away first");
    }
    let delete = call("elasticloadbalancing", "DeleteLoadBalancer", json!({ "LoadBalancerArn": resource.id }));
    Ok(Draft {
        what: format!("delete {kind} load balancer {name}"),
        requires: vec![fact("state", "active")],
        actions: vec![losing(act("delete", delete, Effect::Gone), Vec::new(), KIND.lost)],
        blast_radius: [vec!["names in DNS that point to it lead nowhere".to_owned()], managed(resource)].concat(),
    })
}
