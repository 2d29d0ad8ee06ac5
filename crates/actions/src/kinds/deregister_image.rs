//! Deregisters a machine image. Its snapshots stay. A Recycle Bin retention rule, if there is one, keeps the image for a while.

use serde_json::{Map, Value, json};
use tollgate_model::{Effect, Resource, ResourceType, Risk, Shape};

use super::ChangeKind;
use crate::draft::{ChangeDraft, NotApplicable, act, action, becomes, call, fact, not_applicable};

pub(super) const KIND: ChangeKind = ChangeKind {
    name: "deregister_image",
    title: "Deregister an image",
    of: &[ResourceType::Image],
    risk: Risk::High,
    deletes: true,
    calls: &["ec2:DeregisterImage", "ec2:RestoreImageFromRecycleBin", "ec2:CreateTags", "ec2:DeleteTags"],
    reads: &["ec2:DescribeImages", "ec2:DescribeLaunchTemplateVersions"],
    lost: "the image, unless a Recycle Bin retention rule keeps it",
    plan,
};

fn plan(resource: &Resource, _: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    let Shape::Image { state, name, public, templates, .. } = &resource.shape else {
        return not_applicable("it is no image");
    };
    match () {
        () if state != "available" => return not_applicable(format!("it is {state}")),
        () if *public => return not_applicable("it is public: other accounts may launch it"),
        () if !templates.is_empty() => {
            return not_applicable(format!("launch template {} uses it", templates.join(", ")));
        }
        () => {}
    }
    let named = json!({ "ImageId": resource.id });
    let deregister = act("deregister", call("ec2", "DeregisterImage", named.clone()), Effect::Gone);
    let restore = act(
        "restore",
        call("ec2", "RestoreImageFromRecycleBin", named),
        becomes("state", "available", &[("state", "pending")]),
    );
    Ok(ChangeDraft {
        what: format!("deregister image {name} ({})", resource.id),
        requires: vec![fact("state", "available"), fact("templates", json!([]))],
        actions: vec![action(deregister, vec![restore])],
        blast_radius: vec![
            "no account can launch instances from it any more; running instances keep running".to_owned(),
        ],
    })
}
