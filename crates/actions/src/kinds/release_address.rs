//! Releases an address that belongs to nothing.

use serde_json::{Map, Value, json};
use tollgate_model::{Effect, Resource, ResourceType, Risk, Shape};

use super::Kind;
use crate::draft::{Draft, Unfit, act, call, fact, losing, made_tags, unfit};

pub(super) const KIND: Kind = Kind {
    name: "release_address",
    title: "Release an address",
    of: &[ResourceType::Address],
    risk: Risk::Medium,
    deletes: true,
    calls: &["ec2:ReleaseAddress", "ec2:AllocateAddress", "ec2:CreateTags", "ec2:DeleteTags"],
    reads: &["ec2:DescribeAddresses"],
    lost: "the address, once somebody else has it; its allocation has another id",
    plan,
};

fn plan(resource: &Resource, _: &Map<String, Value>) -> Result<Draft, Unfit> {
    let Shape::Address { public_ip, association } = &resource.shape else { return unfit("it is no address") };
    if let Some(association) = association {
        return unfit(format!("it belongs to something: {association}"));
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
    Ok(Draft {
        what: format!("release {public_ip} ({})", resource.id),
        requires: vec![fact("association", Value::Null)],
        actions: vec![losing(release, vec![again], KIND.lost)],
        blast_radius: vec!["firewalls and names of others may say this address".to_owned()],
    })
}
