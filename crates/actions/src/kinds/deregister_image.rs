//! Deregisters a machine image. Its snapshots stay; a rule of Recycle Bin keeps the image for a while, where there is one.

use serde_json::{Map, Value, json};
use tollgate_model::{Effect, Resource, ResourceType, Risk, Shape};

use super::Kind;
use crate::draft::{Draft, Unfit, act, action, becomes, call, fact, unfit};

pub(super) const KIND: Kind = Kind {
    name: "deregister_image",
    title: "Deregister an image",
    of: &[ResourceType::Image],
    risk: Risk::High,
    deletes: true,
    calls: &["ec2:DeregisterImage", "ec2:RestoreImageFromRecycleBin", "ec2:CreateTags", "ec2:DeleteTags"],
    reads: &["ec2:DescribeImages", "ec2:DescribeLaunchTemplateVersions"],
    lost: "the image, unless a retention rule of Recycle Bin keeps it",
    plan,
};

fn plan(resource: &Resource, _: &Map<String, Value>) -> Result<Draft, Unfit> {
    let Shape::Image { state, name, public, templates, .. } = &resource.shape else { return unfit("it is no image") };
    match () {
        () if state != "available" => return unfit(format!("it is {state}")),
        () if *public => return unfit("it is public: others may launch it"),
        () if !templates.is_empty() => return unfit(format!("launch template {} names it", templates.join(", "))),
        () => {}
    }
    let named = json!({ "ImageId": resource.id });
    let deregister = act("deregister", call("ec2", "DeregisterImage", named.clone()), Effect::Gone);
    let restore = act(
        "restore",
        call("ec2", "RestoreImageFromRecycleBin", named),
        becomes("state", "available", &[("state", "pending")]),
    );
    Ok(Draft {
        what: format!("deregister image {name} ({})", resource.id),
        requires: vec![fact("state", "available"), fact("templates", json!([]))],
        actions: vec![action(deregister, vec![restore])],
        blast_radius: vec![
            "no machine can be launched from it, in other accounts either; those that run go on".to_owned(),
        ],
    })
}
