//! Stops or starts an instance.

use serde_json::{Map, Value, json};
use tollgate_model::{Resource, ResourceType, Risk, Shape, VerifiedCall};

use super::{Kind, READ_INSTANCE, managed};
use crate::draft::{Draft, Unfit, act, action, becomes, call, fact, unfit};

pub(super) const STOP: Kind = Kind {
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

pub(super) const START: Kind = Kind {
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
pub(super) fn cannot_stop(resource: &Resource) -> Result<(), Unfit> {
    let Shape::Instance { root_device, lifecycle, stop_protection, termination_protection, .. } = &resource.shape
    else {
        return unfit("it is no instance");
    };
    match () {
        () if root_device == "instance-store" => unfit("its disk is an instance store: it is lost with a stop"),
        () if lifecycle.as_deref() == Some("spot") => unfit("spot instances are stopped by who asked for them"),
        () if resource.tags.contains_key("aws:autoscaling:groupName") => {
            unfit("its Auto Scaling group would replace it: change the group")
        }
        () if *stop_protection == Some(true) || *termination_protection == Some(true) => {
            unfit("it is protected: take DisableApiStop and DisableApiTermination away first")
        }
        () => Ok(()),
    }
}

fn stop_plan(resource: &Resource, _: &Map<String, Value>) -> Result<Draft, Unfit> {
    cannot_stop(resource)?;
    Ok(Draft {
        what: format!("stop {}", resource.label()),
        requires: vec![fact("state", "running")],
        actions: vec![action(stop("stop", &resource.id), vec![start("start again", &resource.id)])],
        blast_radius: [
            vec!["a public address that is no Elastic IP is another one after a start".to_owned()],
            managed(resource),
        ]
        .concat(),
    })
}

fn start_plan(resource: &Resource, _: &Map<String, Value>) -> Result<Draft, Unfit> {
    Ok(Draft {
        what: format!("start {}", resource.label()),
        requires: vec![fact("state", "stopped")],
        actions: vec![action(start("start", &resource.id), vec![stop("stop again", &resource.id)])],
        blast_radius: Vec::new(),
    })
}
