//! Google: labels over `default_labels` of the provider. Keys are lower case; network `tags` are not labels.

use tollgate_expression::{Object, UnknownReason, Value};

use super::facts::{Taggable, taggable};
use super::layer::{TagLayer, TagOrigin, map, of_provider, own};
use super::{EffectiveTags, TagSyntax, has, is_map};
use crate::provider::{ProviderConfiguration, any_sets, configured};
use crate::resource::Resource;

pub(super) fn effective(resource: &Resource<'_>) -> Option<EffectiveTags> {
    let written = match taggable(&resource.change.kind) {
        _ if has(resource, "resource_labels") => TagSyntax::Map("resource_labels"),
        Some(Taggable::Labels) => TagSyntax::Map("labels"),
        Some(Taggable::UserLabels) => TagSyntax::Map("user_labels"),
        Some(Taggable::SettingsUserLabels) => TagSyntax::MapIn("settings", "user_labels"),
        _ if has(resource, "terraform_labels") || is_map(resource, "labels") => TagSyntax::Map("labels"),
        _ => return None,
    };
    let own = match written {
        TagSyntax::MapIn(block, name) => nested(resource, block, name),
        other => own(resource, other.name()),
    };
    // Defaults reach what has `terraform_labels`, which is version 5 of the provider and later. Earlier versions have no defaults, so
    // sources that set them are of such a version; without a plan, labels that the provider computes are not there.
    let mut layers = Vec::new();
    let without_plan =
        resource.context.unknown_inputs.is_some() && taggable(&resource.change.kind) == Some(Taggable::Labels);
    if has(resource, "terraform_labels") || without_plan {
        layers.extend(defaults(resource));
    }
    layers.push(own);
    let mut effective = EffectiveTags::of(layers, written, true);
    let value = resource.after.member("terraform_labels");
    if let Some(all) =
        value.as_object().filter(|o| o.open.is_none() && o.entries.values().all(|v| v.unknown().is_none()))
    {
        let missing = |key: &String| !effective.tags.entries.contains_key(key);
        let added: Object = Object {
            entries: all.entries.iter().filter(|(k, _)| missing(k)).map(|(k, v)| (k.clone(), v.clone())).collect(),
            open: None,
        };
        effective.tags.open = None;
        effective.tags.entries.extend(added.entries.clone());
        if !added.entries.is_empty() {
            let hidden = matches!(value, Value::Sensitive(_));
            effective.layers.push(TagLayer { hidden, ..TagLayer::of(TagOrigin::Plan("terraform_labels"), added) });
        }
    }
    Some(effective)
}

fn nested(resource: &Resource<'_>, block: &str, name: &'static str) -> TagLayer {
    let value = resource.after.member(block).item(0).member(name);
    let inner = || resource.block.and_then(|b| b.nested(block).first().copied());
    let expression = || inner().and_then(|b| b.block.attribute(name));
    let layer = map(resource, TagOrigin::Resource(name), &value, &expression, &|| None);
    TagLayer { place: inner().and_then(|b| b.block.attribute_place(name)), ..layer }
}

fn defaults(resource: &Resource<'_>) -> Option<TagLayer> {
    match configured(resource) {
        ProviderConfiguration::Found(key, provider) => of_provider(resource, key, provider, "default_labels"),
        ProviderConfiguration::Absent => None,
        ProviderConfiguration::Unknown
            if resource.context.plan.has_configuration()
                && !any_sets(resource.context, resource.provider(), "default_labels") =>
        {
            None
        }
        ProviderConfiguration::Unknown => {
            let blame = UnknownReason::new("the provider's configuration, which the plan does not name");
            let open = Object { open: Some(blame), ..Object::default() };
            Some(TagLayer::of(TagOrigin::Provider("google".to_owned()), open))
        }
    }
}
