//! Changes the type of an instance: stops it, modifies it and starts it.

use serde_json::{Map, Value, json};
use tollgate_model::{Resource, ResourceType, Risk, Shape, VerifiedCall};

use super::instance_power::{cannot_stop, start, stop};
use super::{ChangeKind, READ_INSTANCE, managed, text_parameter};
use crate::draft::{ChangeDraft, NotApplicable, act, action, becomes, call, fact, not_applicable};

pub(super) const KIND: ChangeKind = ChangeKind {
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

fn plan(resource: &Resource, with: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    cannot_stop(resource)?;
    let Shape::Instance { state, instance_type, .. } = &resource.shape else {
        return not_applicable("it is no instance");
    };
    let to = text_parameter(with, "instance_type")?;
    if to == instance_type {
        return not_applicable(format!("it is {to} already"));
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
    Ok(ChangeDraft {
        what: format!("resize {} from {instance_type} to {to}", resource.label()),
        requires: vec![fact("state", state.as_str())],
        actions,
        blast_radius: [
            vec![
                "it is unavailable for some minutes".to_owned(),
                "a public address that is not an Elastic IP changes with a start".to_owned(),
            ],
            managed(resource),
        ]
        .concat(),
    })
}
