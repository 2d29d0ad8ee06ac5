//! The Azure API provider: `tags` of the resource, or else `default_tags` of the provider.

use super::layer::{TagLayer, of_provider, own};
use super::{EffectiveTags, TagSyntax, has};
use crate::context::PlanContext;
use crate::provider::{ProviderConfiguration, configured};
use crate::resource::Resource;

pub(super) fn effective(context: &PlanContext<'_>, resource: &Resource<'_>) -> Option<EffectiveTags> {
    if !has(resource, "tags") || &*resource.change.kind != "azapi_resource" {
        return None;
    }
    let own = own(context, resource, "tags");
    // Defaults are taken where a resource writes no tags; where it does, only what is written is certain.
    let mut layers = Vec::new();
    if own.tags.entries.is_empty() && own.tags.open.is_none() {
        layers.extend(defaults(context, resource));
    }
    layers.push(own);
    Some(EffectiveTags::of(layers, TagSyntax::Map("tags"), true))
}

fn defaults(context: &PlanContext<'_>, resource: &Resource<'_>) -> Option<TagLayer> {
    let ProviderConfiguration::Found(key, provider) = configured(context, resource) else { return None };
    of_provider(context, resource, key, provider, "default_tags")
}
