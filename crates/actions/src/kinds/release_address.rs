//! Releases an address that is not associated.

use serde_json::{Map, Value, json};
use tollgate_model::{Effect, Resource, ResourceType, Risk, Shape};

use super::ChangeKind;
use crate::draft::{ChangeDraft, NotApplicable, act, call, fact, losing, made_tags, not_applicable};

pub(super) const KIND: ChangeKind = ChangeKind {
    name: "release_address",
    title: "Release an address",
    of: &[ResourceType::Address],
    risk: Risk::Medium,
    deletes: true,
    calls: &["ec2:ReleaseAddress", "ec2:AllocateAddress", "ec2:CreateTags", "ec2:DeleteTags"],
    reads: &["ec2:DescribeAddresses"],
    lost: "the address, once AWS has given it to somebody else; its allocation gets a new id",
    plan,
};

fn plan(resource: &Resource, _: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    let Shape::Address { public_ip, association } = &resource.shape else { return not_applicable("it is no address") };
    if let Some(association) = association {
        return not_applicable(format!("it is associated: {association}"));
    }
    let release = act("release", call("ec2", "ReleaseAddress", json!({ "AllocationId": resource.id })), Effect::Gone);
    let again = act(
        "address",
        call(
            "ec2",
            "AllocateAddress",
            json!({ "Address": public_ip, "TagSpecifications": made_tags(resource, "elastic-ip") }),
        ),
        Effect::Made { what: ResourceType::Address, ready: String::new() },
    );
    Ok(ChangeDraft {
        what: format!("release {public_ip} ({})", resource.id),
        requires: vec![fact("association", Value::Null)],
        actions: vec![losing(release, vec![again], KIND.lost)],
        blast_radius: vec!["firewall rules and DNS names elsewhere may contain this address".to_owned()],
    })
}
