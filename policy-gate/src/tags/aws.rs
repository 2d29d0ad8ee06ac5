//! AWS: `tags` over `default_tags` over `TF_AWS_DEFAULT_TAGS_*`, `tag` blocks, and what resources create.

use std::collections::BTreeMap;
use std::rc::Rc;

use tollgate_expression::{Object, UnknownReason, Value};
use tollgate_terraform::{ConfiguredExpression, ConfiguredProvider};

use super::attached::{self, AttachedTag, AttachedTags};
use super::facts::{Taggable, taggable};
use super::layer::{TagLayer, TagOrigin, map, own};
use super::{Created, EffectiveTags, TagSyntax, has, is_map};
use crate::provider::{ProviderConfiguration, any_sets, at_least, configured, source_block};
use crate::resource::Resource;

/// The provider applies its default tags to the volumes of instances since this version:
/// github.com/hashicorp/terraform-provider-aws, CHANGELOG 5.39.0.
const VOLUMES_GET_DEFAULTS: (u32, u32) = (5, 39);

pub(super) fn effective(resource: &Resource<'_>) -> Option<EffectiveTags> {
    match &*resource.change.kind {
        // It puts a tag on a group and has none itself.
        "aws_autoscaling_group_tag" => return None,
        "aws_autoscaling_group" => return Some(group(resource)),
        _ => {}
    }
    // A type that is newer than the table is recognized by its attributes.
    let known = taggable(&resource.change.kind) == Some(Taggable::Tags);
    if !known && !has(resource, "tags_all") && !is_map(resource, "tags") {
        return None;
    }
    let own = own(resource, "tags");
    let takes_defaults = known || has(resource, "tags_all");
    let defaults = if takes_defaults { defaults(resource) } else { Vec::new() };
    let hidden = if takes_defaults { hidden_defaults(resource, &defaults, &own) } else { None };
    let layers = defaults.into_iter().chain(hidden).chain([own]).collect();
    let mut effective = EffectiveTags::of(layers, TagSyntax::Map("tags"), false);
    with_tags_all(resource, &mut effective);
    attached::layers(resource).into_iter().for_each(|layer| effective.add(layer));
    effective.creates = creates(resource, &effective);
    Some(effective)
}

/// Returns the default tags of the provider configuration and the environment.
fn defaults(resource: &Resource<'_>) -> Vec<TagLayer> {
    let context = resource.context;
    let mut out = Vec::new();
    if !context.caller.aws_default_tags.is_empty() {
        let entries = context.caller.aws_default_tags.iter().map(|(k, v)| (k.clone(), Value::text(v))).collect();
        out.push(TagLayer::of(TagOrigin::Environment, Object { entries, open: None }));
    }
    match configured(resource) {
        ProviderConfiguration::Found(key, provider) => out.push((*shared(resource, key, provider)).clone()),
        ProviderConfiguration::Absent => {}
        // Whichever configuration it is, none sets default tags.
        ProviderConfiguration::Unknown
            if context.plan.has_configuration() && !any_sets(context, "aws", "default_tags") => {}
        ProviderConfiguration::Unknown => {
            let blame = UnknownReason::new("the provider's configuration, which the plan does not name");
            out.push(TagLayer::of(
                TagOrigin::Provider("aws".to_owned()),
                Object { open: Some(blame), ..Object::default() },
            ));
        }
    }
    out
}

/// Returns a layer of default tags that the plan does not contain: `show -json` leaves out a `dynamic "default_tags"` block. The
/// provider knows `tags_all` of a resource with tags in the plan, unless its default tags are unknown.
fn hidden_defaults(resource: &Resource<'_>, defaults: &[TagLayer], own: &TagLayer) -> Option<TagLayer> {
    let ProviderConfiguration::Found(key, provider) = configured(resource) else { return None };
    if provider.expressions.contains_key("default_tags") {
        return None;
    }
    let block = source_block(resource.context, provider);
    let dynamic = block.and_then(|b| b.nested("default_tags").first().copied()).filter(|n| n.dynamic.is_some());
    // A tag with an empty value leaves `tags_all` unknown whatever the default tags are.
    let is_set = |value: &Value| value.as_text().is_some_and(|text| !text.is_empty());
    let known = own.tags.open.is_none() && !own.tags.entries.is_empty() && own.tags.entries.values().all(is_set);
    let is_empty = defaults.iter().all(|layer| layer.tags.entries.is_empty());
    let result = resource.after.member("tags_all");
    let unexplained = known && is_empty && matches!(result.expose().0, Value::Unknown(_));
    if dynamic.is_none() && !unexplained {
        return None;
    }
    let blame = UnknownReason::new("default_tags of the provider, which the plan does not contain");
    let layer = TagLayer::of(TagOrigin::Provider(key.to_owned()), Object { open: Some(blame), ..Object::default() });
    Some(TagLayer { place: dynamic.map(|nested| nested.place()), ..layer })
}

/// The default tags of a provider's configuration, computed once.
fn shared(resource: &Resource<'_>, key: &str, provider: &ConfiguredProvider) -> Rc<TagLayer> {
    if let Some(known) = resource.context.default_tags.borrow().get(key) {
        return known.clone();
    }
    let layer = Rc::new(default_tags(resource, key, provider));
    resource.context.default_tags.borrow_mut().insert(key.to_owned(), layer.clone());
    layer
}

fn default_tags(resource: &Resource<'_>, key: &str, provider: &ConfiguredProvider) -> TagLayer {
    let mut layer = TagLayer::of(TagOrigin::Provider(key.to_owned()), Object::default());
    if provider.unreadable {
        layer.tags.open = Some(UnknownReason::new("a provider configuration that cannot be read"));
        return layer;
    }
    let Some(ConfiguredExpression::Blocks(blocks)) = provider.expressions.get("default_tags") else { return layer };
    let block =
        source_block(resource.context, provider).and_then(|block| block.nested("default_tags").first().copied());
    layer.place = block.as_ref().and_then(|b| b.block.attribute_place("tags")).or(block.map(|b| b.place()));
    for inner in blocks {
        let Some(expression) = inner.get("tags") else { continue };
        let value = crate::provider::known(resource.context, provider, expression, &["default_tags", "tags"]);
        let found = map(resource, layer.origin.clone(), &value, &|| None, &|| Some(expression.clone()));
        layer.recovered |= !matches!(expression, ConfiguredExpression::Constant(_)) && found.tags.open.is_none();
        layer.hidden |= found.hidden;
        layer.tags.merge(found.tags);
    }
    layer
}

/// `tags_all` is the result of the provider, unless the configuration sets it. It makes unknown tags known and adds tags that
/// the gate cannot see. A default tag that it lacks becomes unknown.
fn with_tags_all(resource: &Resource<'_>, effective: &mut EffectiveTags) {
    let written = resource.expressions().contains_key("tags_all");
    let value = resource.after.member("tags_all");
    let Some(all) = value.as_object().filter(|o| !written && o.open.is_none()) else { return };
    let mut added = Object::default();
    for (key, value) in &all.entries {
        let better = match effective.tags.entries.get(key) {
            None => true,
            Some(known) => value.unknown().is_none() && known.expose().0 != value.expose().0,
        };
        if better {
            added.entries.insert(key.clone(), value.clone());
        }
    }
    for (key, value) in &mut effective.tags.entries {
        let own = effective.layers.last().is_some_and(|layer| layer.tags.entries.contains_key(key));
        if !own && !all.entries.contains_key(key) {
            *value = Value::Unknown(UnknownReason::new("defaults of the provider that `tags_all` of the plan lacks"));
        }
    }
    // Keys with an unknown value stay unknown; no further keys can appear.
    effective.tags.open = None;
    effective.tags.entries.extend(added.entries.clone());
    if !added.entries.is_empty() {
        let hidden = matches!(value, Value::Sensitive(_));
        effective.layers.push(TagLayer { hidden, ..TagLayer::of(TagOrigin::Plan("tags_all"), added) });
    }
}

/// An Auto Scaling group has tag blocks, no default tags, and passes tags with `propagate_at_launch` to its instances.
fn group(resource: &Resource<'_>) -> EffectiveTags {
    let (mut own, mut launched) = (Object::default(), Object::default());
    let mut add = |list: &Value, own: &mut Object| match list.expose().0 {
        Value::List(items) => {
            for item in items {
                let key = item.member("key");
                let Some(name) = key.as_text().filter(|_| !key.is_sensitive()) else {
                    let blame = key.unknown().cloned().unwrap_or(UnknownReason::new("a tag's key"));
                    own.open = Some(blame.clone());
                    launched.open = Some(blame);
                    continue;
                };
                let value = item.member("value");
                match item.member("propagate_at_launch").expose().0 {
                    Value::Bool(false) => {}
                    Value::Text(text) if text == "false" => {}
                    Value::Unknown(blame) => {
                        launched.entries.insert(name.to_owned(), Value::Unknown(blame.clone()));
                    }
                    _ => {
                        launched.entries.insert(name.to_owned(), value.clone());
                    }
                }
                own.entries.insert(name.to_owned(), value);
            }
        }
        Value::Unknown(blame) => {
            own.open = Some(blame.clone());
            launched.open = Some(blame.clone());
        }
        _ => {}
    };
    add(&resource.after.member("tag"), &mut own);
    // Before version 5 of the provider, `tags` was a list of the same.
    add(&resource.after.member("tags"), &mut own);
    let attached: Vec<Value> = AttachedTags::of(resource).iter().map(as_block).collect();
    add(&Value::List(attached), &mut own);
    if let Some(by) = AttachedTags::maybe(resource).filter(|_| own.open.is_none()) {
        let blame = UnknownReason::new(by);
        own.open = Some(blame.clone());
        launched.open.get_or_insert(blame);
    }
    let mut layer = TagLayer::of(TagOrigin::Resource("tag"), own);
    layer.place = resource.block.and_then(|b| b.nested("tag").first().map(tollgate_terraform::Nested::place));
    let mut effective = EffectiveTags::of(vec![layer], TagSyntax::Blocks("tag"), false);
    let template = resource.after.member("launch_template");
    let own_tags = template.as_list().is_some_and(|l| !l.is_empty()) || has_mixed(resource);
    // What a launch template adds is not known here.
    if own_tags && launched.open.is_none() {
        launched.open = Some(UnknownReason::new("the launch template of the group"));
    }
    effective.creates = vec![Created {
        what: "instances",
        tags: launched,
        remedy: "set propagate_at_launch = true on the tag",
        place: resource.block.map(|b| b.head()),
    }];
    effective
}

/// A tag that another resource puts on a group, as a block of the group.
fn as_block(tag: &AttachedTag) -> Value {
    let entries = [("key", &tag.key), ("value", &tag.value), ("propagate_at_launch", &tag.launched)]
        .map(|(k, v)| (k.to_owned(), v.clone()));
    Value::Object(Object { entries: entries.into(), open: None })
}

fn has_mixed(resource: &Resource<'_>) -> bool {
    resource.after.member("mixed_instances_policy").as_list().is_some_and(|l| !l.is_empty())
}

/// Returns what a resource creates by itself, with its tags.
fn creates(resource: &Resource<'_>, effective: &EffectiveTags) -> Vec<Created> {
    let place = resource.block.map(|b| b.head());
    let made = |what, tags, remedy| Created { what, tags, remedy, place: place.clone() };
    match &*resource.change.kind {
        "aws_instance" => volumes(resource).map(|tags| made("volumes", tags, "set volume_tags")).into_iter().collect(),
        "aws_spot_instance_request" => {
            vec![made("instances", Object::default(), "tags of a spot request stay on the request: use aws_instance")]
        }
        "aws_launch_template" => specifications(resource)
            .into_iter()
            .map(|(what, tags)| made(what, tags, "add the tag to this tag_specifications block"))
            .collect(),
        "aws_ecs_service" => match resource.after.member("propagate_tags").expose().0 {
            Value::Text(from) if from == "SERVICE" => vec![made("tasks", effective.tags.clone(), "")],
            // The tags of the task definition, which is judged by itself.
            Value::Text(from) if from == "TASK_DEFINITION" => Vec::new(),
            Value::Unknown(_) => Vec::new(),
            _ => vec![made("tasks", Object::default(), "set propagate_tags = \"SERVICE\"")],
        },
        "aws_batch_job_definition" => match resource.after.member("propagate_tags").expose().0 {
            Value::Bool(true) | Value::Unknown(_) => Vec::new(),
            _ => vec![made("tasks", Object::default(), "set propagate_tags = true")],
        },
        _ => Vec::new(),
    }
}

/// Returns the tags of the volumes of an instance: `volume_tags`, or those of each block device over the defaults.
fn volumes(resource: &Resource<'_>) -> Option<Object> {
    let written = |name: &str| resource.expressions().contains_key(name);
    if written("volume_tags") || resource.after.member("volume_tags").as_object().is_some() {
        return Some(own(resource, "volume_tags").tags);
    }
    resource.configured?;
    let mut base = Object::default();
    for layer in defaults(resource) {
        base.merge(layer.tags);
    }
    let given = !base.entries.is_empty() || base.open.is_some();
    match at_least(resource, VOLUMES_GET_DEFAULTS.0, VOLUMES_GET_DEFAULTS.1) {
        Some(true) => {}
        Some(false) => base = Object::default(),
        None if given => {
            base =
                Object { entries: BTreeMap::new(), open: Some(UnknownReason::new("the version of the AWS provider")) };
        }
        None => {}
    }
    // An instance always has a root volume, and the volumes in its configuration. A tag that one of them lacks counts as missing.
    let mut common: Option<Object> = None;
    for name in ["root_block_device", "ebs_block_device"] {
        let devices = resource.after.member(name);
        let devices = devices.as_list().map(<[Value]>::to_vec).unwrap_or_default();
        let unwritten = name == "root_block_device" && devices.is_empty();
        for device in devices.iter().chain(unwritten.then_some(&Value::Null)) {
            let mut tags = base.clone();
            match device.member("tags").expose().0 {
                Value::Object(own) => tags.merge(own.clone()),
                Value::Unknown(blame) => tags.merge(Object { open: Some(blame.clone()), ..Object::default() }),
                _ => {}
            }
            common = Some(match common {
                None => tags,
                Some(before) => shared_keys(before, &tags),
            });
        }
    }
    common
}

/// Returns the tags with keys in both sets.
fn shared_keys(mut one: Object, other: &Object) -> Object {
    one.entries.retain(|key, _| other.entries.contains_key(key) || other.open.is_some());
    one.open = one.open.filter(|_| other.open.is_some());
    one
}

/// Returns the tags that a launch template sets. A template without any leaves them to its caller.
fn specifications(resource: &Resource<'_>) -> Vec<(&'static str, Object)> {
    let list = resource.after.member("tag_specifications");
    let mut out = Vec::new();
    for item in list.as_list().unwrap_or_default() {
        let what = match item.member("resource_type").as_text() {
            Some("instance") => "instances",
            Some("volume") => "volumes",
            _ => continue,
        };
        let tags = match item.member("tags").expose().0 {
            Value::Object(object) => object.clone(),
            Value::Unknown(blame) => Object { open: Some(blame.clone()), ..Object::default() },
            _ => Object::default(),
        };
        out.push((what, tags));
    }
    out
}
