//! Kinds of change, one file each: what it calls, what that brings about, and what takes it back.

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

use crate::draft::{Draft, Unfit};

/// A kind of change.
pub struct Kind {
    /// Its name: `delete_volume`.
    pub name: &'static str,
    /// What it does, for people.
    pub title: &'static str,
    /// Types of resources that it is for.
    pub of: &'static [ResourceType],
    /// How much can go wrong at least.
    pub risk: Risk,
    /// Whether something is deleted: it is marked first, and its owner may say no.
    pub deletes: bool,
    /// What its calls need, as permissions: those that are made and those that take them back.
    pub calls: &'static [&'static str],
    /// What reading its resources needs.
    pub reads: &'static [&'static str],
    /// What no call brings back; empty where everything is.
    pub lost: &'static str,
    /// Turns a resource and what is wished into calls.
    pub plan: fn(&Resource, &Map<String, Value>) -> Result<Draft, Unfit>,
}

/// Every kind.
pub const KINDS: &[&Kind] = &[
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

/// A kind by its name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|k| k.name == name)
}

const READ_INSTANCE: &[&str] = &["ec2:DescribeInstances", "ec2:DescribeInstanceAttribute"];
const READ_VOLUME: &[&str] = &["ec2:DescribeVolumes", "ec2:DescribeVolumesModifications"];
const READ_DATABASE: &[&str] = &["rds:DescribeDBInstances"];

fn wished<'w>(with: &'w Map<String, Value>, name: &str) -> Result<&'w str, Unfit> {
    with.get(name)
        .and_then(Value::as_str)
        .filter(|t| !t.is_empty())
        .ok_or_else(|| Unfit(format!("`{name}` is missing")))
}

fn wished_number(with: &Map<String, Value>, name: &str) -> Result<u32, Unfit> {
    let number = with.get(name).and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok()));
    number.and_then(|n| u32::try_from(n).ok()).ok_or_else(|| Unfit(format!("`{name}` is no number")))
}

/// What hangs on a resource by its tags: a stack or a group that would put it back.
fn managed(resource: &Resource) -> Vec<String> {
    let of = [
        ("aws:cloudformation:stack-name", "CloudFormation stack"),
        ("aws:autoscaling:groupName", "Auto Scaling group"),
        ("eks:cluster-name", "EKS cluster"),
        ("aws:eks:cluster-name", "EKS cluster"),
    ];
    let named = of.iter().filter_map(|(tag, what)| Some((what, resource.tags.get(*tag)?)));
    named.map(|(what, name)| format!("{what} {name} describes it: change it there too, or it comes back")).collect()
}

#[cfg(test)]
mod tests;
