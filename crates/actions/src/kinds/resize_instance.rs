//! Gives an instance another type: it is stopped, changed and started.

use serde_json::{Map, Value, json};
use tollgate_model::{Resource, ResourceType, Risk, Shape, VerifiedCall};

use super::instance_power::{cannot_stop, start, stop};
use super::{Kind, READ_INSTANCE, managed, wished};
use crate::draft::{Draft, Unfit, act, action, becomes, call, fact, unfit};

pub(super) const KIND: Kind = Kind {
    name: "resize_instance",
    title: "Resize an instance",
    of: &[ResourceType::Instance],
    risk: Risk::Medium,
    deletes: false,
    calls: &["ec2:StopInstances", "ec2:ModifyInstanceAttribute", "ec2:StartInstances"],
    reads: READ_INSTANCE,
    lost: "",
    plan,
};

fn modify(name: &str, id: &str, to: &str) -> VerifiedCall {
    let parameters = json!({ "InstanceId": id, "InstanceType": { "Value": to } });
    act(name, call("ec2", "ModifyInstanceAttribute", parameters), becomes("instance_type", to, &[]))
}

fn plan(resource: &Resource, with: &Map<String, Value>) -> Result<Draft, Unfit> {
    cannot_stop(resource)?;
    let Shape::Instance { state, instance_type, .. } = &resource.shape else { return unfit("it is no instance") };
    let to = wished(with, "instance_type")?;
    if to == instance_type {
        return unfit(format!("it is {to} already"));
    }
    let (id, running) = (resource.id.as_str(), state == "running");
    let mut actions = Vec::new();
    if running {
        actions.push(action(stop("stop", id), vec![start("start again", id)]));
    }
    actions.push(action(modify("modify", id, to), vec![modify("modify back", id, instance_type)]));
    if running {
        actions.push(action(start("start", id), vec![stop("stop again", id)]));
    }
    Ok(Draft {
        what: format!("resize {} from {instance_type} to {to}", resource.label()),
        requires: vec![fact("state", state.as_str())],
        actions,
        blast_radius: [
            vec![
                "it is away for some minutes".to_owned(),
                "a public address that is no Elastic IP is another one after a start".to_owned(),
            ],
            managed(resource),
        ]
        .concat(),
    })
}
