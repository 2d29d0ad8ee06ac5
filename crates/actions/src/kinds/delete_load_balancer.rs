//! Deletes a load balancer.

use serde_json::{Map, Value, json};
use tollgate_model::{Effect, Resource, ResourceType, Risk, Shape};

use super::{ChangeKind, managed};
use crate::draft::{ChangeDraft, NotApplicable, act, call, fact, losing, not_applicable};

pub(super) const KIND: ChangeKind = ChangeKind {
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
    lost: "the load balancer with its listeners, rules and DNS name; its target groups stay",
    plan,
};

fn plan(resource: &Resource, _: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    let Shape::LoadBalancer { name, kind, deletion_protection, .. } = &resource.shape else {
        return not_applicable("it is no load balancer");
    };
    if *deletion_protection == Some(true) {
        return not_applicable("it is protected: turn deletion_protection.enabled off first");
    }
    let delete = call("elasticloadbalancing", "DeleteLoadBalancer", json!({ "LoadBalancerArn": resource.id }));
    Ok(ChangeDraft {
        what: format!("delete {kind} load balancer {name}"),
        requires: vec![fact("state", "active")],
        actions: vec![losing(act("delete", delete, Effect::Gone), Vec::new(), KIND.lost)],
        blast_radius: [vec!["DNS names that point to it stop resolving to a target".to_owned()], managed(resource)]
            .concat(),
    })
}
