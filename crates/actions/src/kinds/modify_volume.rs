//! Changes the type of a volume: gp2 becomes gp3, or provisioned IOPS are reduced. Nothing is detached.

use serde_json::{Map, Value, json};
use tollgate_model::{Resource, ResourceType, Risk, Shape, VerifiedCall};

use super::{ChangeKind, READ_VOLUME, managed, number_parameter, text_parameter};
use crate::draft::{ChangeDraft, NotApplicable, act, action, becomes, call, fact, not_applicable};

pub(super) const KIND: ChangeKind = ChangeKind {
    name: "modify_volume",
    title: "Change the type of a volume",
    of: &[ResourceType::Volume],
    risk: Risk::Low,
    deletes: false,
    calls: &["ec2:ModifyVolume"],
    reads: READ_VOLUME,
    lost: "",
    plan,
};

fn modify(name: &str, id: &str, kind: &str, iops: Option<u32>, throughput: Option<u32>) -> VerifiedCall {
    let parameters = json!({ "VolumeId": id, "VolumeType": kind, "Iops": iops, "Throughput": throughput });
    // From `optimizing` on the volume has its new type; only its performance still changes.
    act(name, call("ec2", "ModifyVolume", parameters), becomes("volume_type", kind, &[]))
}

fn plan(resource: &Resource, with: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    let Shape::Volume { volume_type, size_gib, iops, throughput, becoming, attached_to, .. } = &resource.shape else {
        return not_applicable("it is no volume");
    };
    let to = text_parameter(with, "volume_type")?;
    match () {
        () if becoming.is_some() => return not_applicable("it is being changed already"),
        () if to == volume_type => return not_applicable(format!("it is {to} already")),
        () if attached_to.len() > 1 && !to.starts_with("io") => {
            return not_applicable("several instances share it: only io1 and io2 can be shared");
        }
        () => {}
    }
    let number = |name| with.contains_key(name).then(|| number_parameter(with, name)).transpose();
    let provisions = ["io1", "io2", "gp3"].contains(&volume_type.as_str());
    let forward = modify("modify", &resource.id, to, number("iops")?, number("throughput")?);
    let back = modify(
        "modify back",
        &resource.id,
        volume_type,
        iops.filter(|_| provisions),
        throughput.filter(|_| volume_type == "gp3"),
    );
    Ok(ChangeDraft {
        what: format!("change {}, {size_gib} GiB, from {volume_type} to {to}", resource.label()),
        requires: vec![fact("volume_type", volume_type.as_str())],
        actions: vec![action(forward, vec![back])],
        blast_radius: [
            vec![
                "it may be slower while it changes".to_owned(),
                "AWS allows the next change of a volume after six hours: an earlier rollback may be refused, and is then reported"
                    .to_owned(),
            ],
            managed(resource),
        ]
        .concat(),
    })
}
