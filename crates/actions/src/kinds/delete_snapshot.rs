//! Deletes a snapshot. A rule of Recycle Bin keeps it for a while, where there is one.

use serde_json::{Map, Value, json};
use tollgate_model::{Effect, Resource, ResourceType, Risk, Shape};

use super::Kind;
use crate::draft::{Draft, Unfit, act, action, becomes, call, fact, unfit};

pub(super) const KIND: Kind = Kind {
    name: "delete_snapshot",
    title: "Delete a snapshot",
    of: &[ResourceType::Snapshot],
    risk: Risk::High,
    deletes: true,
    calls: &["ec2:DeleteSnapshot", "ec2:RestoreSnapshotFromRecycleBin", "ec2:CreateTags", "ec2:DeleteTags"],
    reads: &["ec2:DescribeSnapshots"],
    lost: "the snapshot, unless a retention rule of Recycle Bin keeps it",
    plan,
};

fn plan(resource: &Resource, _: &Map<String, Value>) -> Result<Draft, Unfit> {
    let Shape::Snapshot { state, volume, size_gib, .. } = &resource.shape else { return unfit("it is no snapshot") };
    if state != "completed" {
        return unfit(format!("it is {state}"));
    }
    let named = json!({ "SnapshotId": resource.id });
    let delete = act("delete", call("ec2", "DeleteSnapshot", named.clone()), Effect::Gone);
    let restore = act(
        "restore",
        call("ec2", "RestoreSnapshotFromRecycleBin", named),
        becomes("state", "completed", &[("state", "pending")]),
    );
    Ok(Draft {
        what: format!("delete snapshot {} of {volume}, {size_gib} GiB", resource.id),
        requires: vec![fact("state", "completed")],
        actions: vec![action(delete, vec![restore])],
        blast_radius: vec!["accounts that it is shared with lose it too".to_owned()],
    })
}
