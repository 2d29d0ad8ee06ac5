//! Kinds of change, one file each: its calls, their effects, and the calls that roll them back.

mod delete_load_balancer;
mod delete_nat_gateway;
mod delete_snapshot;
mod delete_volume;
mod deregister_image;
mod function_memory;
mod instance_power;
mod lifecycle_rule;
mod log_retention;
mod modify_volume;
mod release_address;
mod resize_database;
mod resize_instance;
mod schedule;
mod stop_database;
mod tag;

use serde_json::{Map, Value};
use tollgate_model::{Resource, ResourceType, Risk};

use crate::draft::{ChangeDraft, NotApplicable};

/// A kind of change.
pub struct ChangeKind {
    /// Its name: `delete_volume`.
    pub name: &'static str,
    /// The title that people read.
    pub title: &'static str,
    /// The types of resource that it applies to.
    pub of: &'static [ResourceType],
    /// The lowest risk that a plan of it has.
    pub risk: Risk,
    /// Whether it deletes something: the resource is marked first, and its owner may object.
    pub deletes: bool,
    /// Permissions that its calls need, those of a rollback included.
    pub calls: &'static [&'static str],
    /// Permissions that reading its resources needs.
    pub reads: &'static [&'static str],
    /// What a rollback cannot restore; empty when it restores everything.
    pub lost: &'static str,
    /// Turns a resource and the requested parameters into calls.
    pub plan: fn(&Resource, &Map<String, Value>) -> Result<ChangeDraft, NotApplicable>,
}

/// Every kind.
pub const CHANGE_KINDS: &[&ChangeKind] = &[
    &instance_power::STOP,
    &instance_power::START,
    &resize_instance::KIND,
    &schedule::ON,
    &schedule::OFF,
    &delete_volume::KIND,
    &modify_volume::KIND,
    &delete_snapshot::KIND,
    &deregister_image::KIND,
    &release_address::KIND,
    &delete_load_balancer::KIND,
    &delete_nat_gateway::KIND,
    &stop_database::STOP,
    &stop_database::START,
    &resize_database::KIND,
    &function_memory::KIND,
    &lifecycle_rule::KIND,
    &log_retention::KIND,
    &tag::KIND,
];

/// Finds a kind by its name.
pub fn find_kind(name: &str) -> Option<&'static ChangeKind> {
    CHANGE_KINDS.iter().copied().find(|k| k.name == name)
}

const READ_INSTANCE: &[&str] = &["ec2:DescribeInstances", "ec2:DescribeInstanceAttribute"];
const READ_VOLUME: &[&str] = &["ec2:DescribeVolumes", "ec2:DescribeVolumesModifications"];
const READ_DATABASE: &[&str] = &["rds:DescribeDBInstances"];

/// A text among the requested parameters.
fn text_parameter<'p>(with: &'p Map<String, Value>, name: &str) -> Result<&'p str, NotApplicable> {
    with.get(name)
        .and_then(Value::as_str)
        .filter(|t| !t.is_empty())
        .ok_or_else(|| NotApplicable(format!("`{name}` is missing")))
}

/// A number among the requested parameters.
fn number_parameter(with: &Map<String, Value>, name: &str) -> Result<u32, NotApplicable> {
    let number = with.get(name).and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok()));
    number
        .and_then(|n| u32::try_from(n).ok())
        .ok_or_else(|| NotApplicable(format!("`{name}` is missing or not a number")))
}

/// Names the stack or group that manages a resource, by its tags: it would revert the change.
fn managed(resource: &Resource) -> Vec<String> {
    let of = [
        ("aws:cloudformation:stack-name", "CloudFormation stack"),
        ("aws:autoscaling:groupName", "Auto Scaling group"),
        ("eks:cluster-name", "EKS cluster"),
        ("aws:eks:cluster-name", "EKS cluster"),
    ];
    let named = of.iter().filter_map(|(tag, what)| Some((what, resource.tags.get(*tag)?)));
    named
        .map(|(what, name)| format!("{what} {name} manages it: change it there too, or the change is reverted"))
        .collect()
}

#[cfg(test)]
mod tests;
