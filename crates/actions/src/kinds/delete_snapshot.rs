//! Deletes a snapshot. A Recycle Bin retention rule, if there is one, keeps it for a while.

use serde_json::{Map, Value, json};
use tollgate_model::{Effect, Resource, ResourceType, Risk, Shape};

use super::ChangeKind;
use crate::draft::{ChangeDraft, NotApplicable, act, action, becomes, call, fact, not_applicable};

pub(super) const KIND: ChangeKind = ChangeKind {
    name: "delete_snapshot",
    title: "Delete a snapshot",
    of: &[ResourceType::Snapshot],
    risk: Risk::High,
    deletes: true,
    calls: &["ec2:DeleteSnapshot", "ec2:RestoreSnapshotFromRecycleBin", "ec2:CreateTags", "ec2:DeleteTags"],
    reads: &["ec2:DescribeSnapshots"],
    lost: "the snapshot, unless a Recycle Bin retention rule keeps it",
    plan,
};

fn plan(resource: &Resource, _: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    let Shape::Snapshot { state, volume, size_gib, .. } = &resource.shape else {
        return not_applicable("it is no snapshot");
    };
    if state != "completed" {
        return not_applicable(format!("it is {state}"));
    }
    let named = json!({ "SnapshotId": resource.id });
    let delete = act("delete", call("ec2", "DeleteSnapshot", named.clone()), Effect::Gone);
    let restore = act(
        "restore",
        call("ec2", "RestoreSnapshotFromRecycleBin", named),
        becomes("state", "completed", &[("state", "pending")]),
    );
    Ok(ChangeDraft {
        what: format!("delete snapshot {} of {volume}, {size_gib} GiB", resource.id),
        requires: vec![fact("state", "completed")],
        actions: vec![action(delete, vec![restore])],
        blast_radius: vec!["accounts that it is shared with lose it as well".to_owned()],
    })
}
