//! Takes a snapshot of a volume and deletes it.

use serde_json::{Map, Value, json};
use tollgate_model::{Effect, Resource, ResourceType, Risk, Shape};

use super::{ChangeKind, managed};
use crate::draft::{ChangeDraft, NotApplicable, act, action, call, fact, losing, made_tags, not_applicable};

pub(super) const KIND: ChangeKind = ChangeKind {
    name: "delete_volume",
    title: "Snapshot and delete a volume",
    of: &[ResourceType::Volume],
    risk: Risk::Medium,
    deletes: true,
    calls: &["ec2:CreateSnapshot", "ec2:DeleteVolume", "ec2:CreateVolume", "ec2:CreateTags", "ec2:DeleteTags"],
    reads: &["ec2:DescribeVolumes", "ec2:DescribeVolumesModifications", "ec2:DescribeSnapshots"],
    lost: "its id: a volume made from the snapshot has a new id",
    plan,
};

fn plan(resource: &Resource, _: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    let Shape::Volume { state, volume_type, size_gib, iops, throughput, zone, attached_to, encrypted, .. } =
        &resource.shape
    else {
        return not_applicable("it is no volume");
    };
    if state != "available" || !attached_to.is_empty() {
        return not_applicable(format!("it is {state}: only a volume that is not attached can be deleted"));
    }
    let id = &resource.id;
    let snapshot = act(
        "snapshot",
        call(
            "ec2",
            "CreateSnapshot",
            json!({
                "VolumeId": id,
                "Description": format!("{id} before Tollgate deleted it"),
                "TagSpecifications": made_tags(resource, "snapshot"),
            }),
        ),
        Effect::Made { what: ResourceType::Snapshot, ready: "completed".to_owned() },
    );
    let delete = act("delete", call("ec2", "DeleteVolume", json!({ "VolumeId": id })), Effect::Gone);
    // gp2 has no provisioned IOPS to request.
    let provisions = ["io1", "io2", "gp3"].contains(&volume_type.as_str());
    let again = act(
        "volume",
        call(
            "ec2",
            "CreateVolume",
            json!({
                "AvailabilityZone": zone,
                "SnapshotId": "${snapshot}",
                "VolumeType": volume_type,
                "Size": size_gib,
                "Iops": iops.filter(|_| provisions),
                "Throughput": throughput.filter(|_| volume_type == "gp3"),
                "Encrypted": encrypted.then_some(true),
                "TagSpecifications": made_tags(resource, "volume"),
            }),
        ),
        Effect::Made { what: ResourceType::Volume, ready: "available".to_owned() },
    );
    Ok(ChangeDraft {
        what: format!("snapshot and delete {}, {size_gib} GiB of {volume_type}", resource.label()),
        requires: vec![fact("state", "available"), fact("attached_to", json!([]))],
        actions: vec![action(snapshot, Vec::new()), losing(delete, vec![again], KIND.lost)],
        blast_radius: managed(resource),
    })
}
