//! The Azure API provider: `tags` of the resource, or else `default_tags` of the provider.

use super::layer::{TagLayer, of_provider, own};
use super::{EffectiveTags, TagSyntax, has};
use crate::provider::{ProviderConfiguration, configured};
use crate::resource::Resource;

pub(super) fn effective(resource: &Resource<'_>) -> Option<EffectiveTags> {
    if !has(resource, "tags") || &*resource.change.kind != "azapi_resource" {
        return None;
    }
    let own = own(resource, "tags");
    // Defaults are taken where a resource writes no tags; where it does, only what is written is certain.
    let mut layers = Vec::new();
    if own.tags.entries.is_empty() && own.tags.open.is_none() {
        layers.extend(defaults(resource));
    }
    layers.push(own);
    Some(EffectiveTags::of(layers, TagSyntax::Map("tags"), true))
}

fn defaults(resource: &Resource<'_>) -> Option<TagLayer> {
    let ProviderConfiguration::Found(key, provider) = configured(resource) else { return None };
    of_provider(resource, key, provider, "default_tags")
}
