//! Gives a volume another type: gp2 becomes gp3, provisioned operations become fewer. Nothing is detached.

use serde_json::{Map, Value, json};
use tollgate_model::{Resource, ResourceType, Risk, Shape, VerifiedCall};

use super::{Kind, READ_VOLUME, managed, wished, wished_number};
use crate::draft::{Draft, Unfit, act, action, becomes, call, fact, unfit};

pub(super) const KIND: Kind = Kind {
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
    // From `optimizing` on the volume has its new type; what is left is a matter of speed.
    act(name, call("ec2", "ModifyVolume", parameters), becomes("volume_type", kind, &[]))
}

fn plan(resource: &Resource, with: &Map<String, Value>) -> Result<Draft, Unfit> {
    let Shape::Volume { volume_type, size_gib, iops, throughput, becoming, attached_to, .. } = &resource.shape else {
        return unfit("it is no volume");
    };
    let to = wished(with, "volume_type")?;
    match () {
        () if becoming.is_some() => return unfit("it is being changed already"),
        () if to == volume_type => return unfit(format!("it is {to} already")),
        () if attached_to.len() > 1 && !to.starts_with("io") => {
            return unfit("machines share it: only io1 and io2 can be shared");
        }
        () => {}
    }
    let number = |name| with.contains_key(name).then(|| wished_number(with, name)).transpose();
    let provisions = ["io1", "io2", "gp3"].contains(&volume_type.as_str());
    let forward = modify("modify", &resource.id, to, number("iops")?, number("throughput")?);
    let back = modify(
        "modify back",
        &resource.id,
        volume_type,
        iops.filter(|_| provisions),
        throughput.filter(|_| volume_type == "gp3"),
    );
    Ok(Draft {
        what: format!("change {}, {size_gib} GiB, from {volume_type} to {to}", resource.label()),
        requires: vec![fact("volume_type", volume_type.as_str())],
        actions: vec![action(forward, vec![back])],
        blast_radius: [
            vec![
                "it may be slower while it changes".to_owned(),
                "AWS changes a volume again only after six hours: an undo before may be refused, and says so"
                    .to_owned(),
            ],
            managed(resource),
        ]
        .concat(),
    })
}
