//! Tags that one resource puts on another: `aws_autoscaling_group_tag`, `aws_ec2_tag` and their like.

use std::collections::HashMap;

use tollgate_expression::{Object, UnknownReason, Value};
use tollgate_terraform::ResourceChange;

use super::layer::{TagLayer, TagOrigin};
use crate::context::PlanContext;
use crate::references::references;
use crate::resource::Resource;

/// A type that puts a tag on another resource.
struct TagResource {
    kind: &'static str,
    /// The attribute that names the other resource.
    target: &'static str,
    /// The block with key and value; `None` when they are attributes.
    block: Option<&'static str>,
    /// The type of the other resource, if it is only one.
    of: Option<&'static str>,
}

/// Types of the AWS provider, by its documentation of 2026-11.
const KINDS: [TagResource; 5] = [
    TagResource {
        kind: "aws_autoscaling_group_tag",
        target: "autoscaling_group_name",
        block: Some("tag"),
        of: Some("aws_autoscaling_group"),
    },
    TagResource { kind: "aws_dynamodb_tag", target: "resource_arn", block: None, of: None },
    TagResource { kind: "aws_ec2_tag", target: "resource_id", block: None, of: None },
    TagResource { kind: "aws_ecs_tag", target: "resource_arn", block: None, of: None },
    TagResource { kind: "aws_transfer_tag", target: "resource_arn", block: None, of: None },
];

/// A tag that a resource puts on another.
#[derive(Clone, Debug)]
pub(crate) struct AttachedTag {
    /// The resource that does.
    pub(crate) by: String,
    pub(crate) key: Value,
    pub(crate) value: Value,
    /// Whether instances of a group get it too.
    pub(crate) launched: Value,
}

/// The tags that resources of a plan put on others.
#[derive(Debug, Default)]
pub(crate) struct AttachedTags {
    by_address: HashMap<String, Vec<AttachedTag>>,
    /// Resources that put a tag on one of a type, of which it is unknown which one.
    anywhere: Vec<(&'static str, String)>,
}

impl AttachedTags {
    /// Returns the tags that others put on a resource.
    pub(crate) fn of<'c>(resource: &Resource<'c>) -> &'c [AttachedTag] {
        Self::in_plan(resource.context).by_address.get(&*resource.change.address).map_or(&[], Vec::as_slice)
    }

    /// Returns the resource that may put a tag on any resource of a type.
    pub(crate) fn maybe<'c>(resource: &Resource<'c>) -> Option<&'c str> {
        let all = &Self::in_plan(resource.context).anywhere;
        all.iter().find(|(kind, _)| *kind == resource.change.kind).map(|(_, by)| by.as_str())
    }

    fn in_plan<'c>(context: &'c PlanContext<'c>) -> &'c Self {
        context.attached_tags.get_or_init(|| Self::read(context))
    }

    fn read(context: &PlanContext<'_>) -> Self {
        let mut out = Self::default();
        let mut names: Option<HashMap<String, String>> = None;
        for change in context.plan.changes.iter().filter(|change| change.stays()) {
            let Some(kind) = KINDS.iter().find(|k| k.kind == change.kind) else { continue };
            let is = Resource::read(context, change);
            let value = is.after.member(kind.target);
            let named = value.as_text().and_then(|name| {
                let all = names.get_or_insert_with(|| by_name(context));
                all.get(name).cloned()
            });
            let targets: Vec<String> = match named {
                Some(address) => vec![address],
                None => {
                    let found = references(&is, kind.target);
                    found.iter().filter_map(|r| Some(context.referred(&is, r)?.address.to_string())).collect()
                }
            };
            match (targets.first(), kind.of) {
                (Some(address), _) => {
                    let tag = tag(&is, kind);
                    out.by_address.entry(address.clone()).or_default().push(tag);
                }
                (None, Some(of)) if value.unknown().is_some() => out.anywhere.push((of, change.address.to_string())),
                (None, _) => {}
            }
        }
        out
    }
}

fn tag(resource: &Resource<'_>, kind: &TagResource) -> AttachedTag {
    let of = match kind.block {
        Some(block) => resource.after.member(block).item(0),
        None => resource.after.clone(),
    };
    AttachedTag {
        by: resource.change.address.to_string(),
        key: of.member("key"),
        value: of.member("value"),
        launched: of.member("propagate_at_launch"),
    }
}

/// The addresses of AWS resources by id, ARN and, for groups, name.
fn by_name(context: &PlanContext<'_>) -> HashMap<String, String> {
    let mut out = HashMap::new();
    let is_aws = |change: &&ResourceChange<'_>| change.provider() == "aws" && change.deposed.is_none();
    for change in context.plan.changes.iter().filter(|c| c.stays()).filter(is_aws) {
        let after = change.change.after();
        let names: &[&str] =
            if change.kind == "aws_autoscaling_group" { &["id", "arn", "name"] } else { &["id", "arn"] };
        for name in names {
            if let Some(text) = after.member(name).as_text().filter(|text| !text.is_empty()) {
                out.entry(text.to_owned()).or_insert_with(|| change.address.to_string());
            }
        }
    }
    out
}

/// Returns the layers of tags that others put on a resource.
pub(super) fn layers(resource: &Resource<'_>) -> Vec<TagLayer> {
    let layer = |tag: &AttachedTag| {
        let mut tags = Object::default();
        match tag.key.as_text().filter(|_| !tag.key.is_sensitive()) {
            Some(key) => {
                tags.entries.insert(key.to_owned(), tag.value.clone());
            }
            None => tags.open = Some(UnknownReason::new(&tag.by)),
        }
        TagLayer::of(TagOrigin::Attached(tag.by.clone()), tags)
    };
    AttachedTags::of(resource).iter().map(layer).collect()
}
