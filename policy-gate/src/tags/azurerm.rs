//! Azure: `tags` of the resource. The provider has no defaults, and keys ignore case.

use super::facts::{Taggable, taggable};
use super::layer::own;
use super::{EffectiveTags, TagSyntax, is_map};
use crate::resource::Resource;

pub(super) fn effective(resource: &Resource<'_>) -> Option<EffectiveTags> {
    let known = taggable(&resource.change.kind) == Some(Taggable::Tags);
    if !known && !is_map(resource, "tags") {
        return None;
    }
    Some(EffectiveTags::of(vec![own(resource, "tags")], TagSyntax::Map("tags"), true))
}
