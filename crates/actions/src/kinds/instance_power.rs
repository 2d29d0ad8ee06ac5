//! Stops or starts an instance.

use serde_json::{Map, Value, json};
use tollgate_model::{Resource, ResourceType, Risk, Shape, VerifiedCall};

use super::{ChangeKind, READ_INSTANCE, managed};
use crate::draft::{ChangeDraft, NotApplicable, act, action, becomes, call, fact, not_applicable};

pub(super) const STOP: ChangeKind = ChangeKind {
    name: "stop_instance",
    title: "Stop an instance",
    of: &[ResourceType::Instance],
    risk: Risk::Medium,
    deletes: false,
    calls: &["ec2:StopInstances", "ec2:StartInstances"],
    reads: READ_INSTANCE,
    lost: "",
    plan: stop_plan,
};

pub(super) const START: ChangeKind = ChangeKind {
    name: "start_instance",
    title: "Start an instance",
    of: &[ResourceType::Instance],
    risk: Risk::Low,
    deletes: false,
    calls: &["ec2:StartInstances", "ec2:StopInstances"],
    reads: READ_INSTANCE,
    lost: "",
    plan: start_plan,
};

pub(super) fn stop(name: &str, id: &str) -> VerifiedCall {
    act(
        name,
        call("ec2", "StopInstances", json!({ "InstanceIds": [id] })),
        becomes("state", "stopped", &[("state", "stopping")]),
    )
}

pub(super) fn start(name: &str, id: &str) -> VerifiedCall {
    act(
        name,
        call("ec2", "StartInstances", json!({ "InstanceIds": [id] })),
        becomes("state", "running", &[("state", "pending")]),
    )
}

/// Why an instance cannot be stopped and started again.
pub(super) fn cannot_stop(resource: &Resource) -> Result<(), NotApplicable> {
    let Shape::Instance { root_device, lifecycle, stop_protection, termination_protection, .. } = &resource.shape
    else {
        return not_applicable("it is no instance");
    };
    match () {
        () if root_device == "instance-store" => not_applicable("its disk is an instance store, which a stop deletes"),
        () if lifecycle.as_deref() == Some("spot") => {
            not_applicable("a spot instance is stopped through its spot request")
        }
        () if resource.tags.contains_key("aws:autoscaling:groupName") => {
            not_applicable("its Auto Scaling group would replace it: change the group")
        }
        () if *stop_protection == Some(true) || *termination_protection == Some(true) => {
            not_applicable("it is protected: turn DisableApiStop and DisableApiTermination off first")
        }
        () => Ok(()),
    }
}

fn stop_plan(resource: &Resource, _: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    cannot_stop(resource)?;
    Ok(ChangeDraft {
        what: format!("stop {}", resource.label()),
        requires: vec![fact("state", "running")],
        actions: vec![action(stop("stop", &resource.id), vec![start("start again", &resource.id)])],
        blast_radius: [
            vec!["a public address that is not an Elastic IP changes with a start".to_owned()],
            managed(resource),
        ]
        .concat(),
    })
}

fn start_plan(resource: &Resource, _: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    Ok(ChangeDraft {
        what: format!("start {}", resource.label()),
        requires: vec![fact("state", "stopped")],
        actions: vec![action(start("start", &resource.id), vec![stop("stop again", &resource.id)])],
        blast_radius: Vec::new(),
    })
}
