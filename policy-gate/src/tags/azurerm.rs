//! Azure: `tags` of the resource; the provider has no defaults, and keys do not tell capital letters apart.

use super::facts::{Taggable, taggable};
use super::layer::own;
use super::{Effective, Written, is_map};
use crate::context::PlanContext;
use crate::resource::Resource;

pub(super) fn effective(context: &PlanContext<'_>, resource: &Resource<'_>) -> Option<Effective> {
    let known = taggable(&resource.change.kind) == Some(Taggable::Tags);
    if !known && !is_map(resource, "tags") {
        return None;
    }
    Some(Effective::of(vec![own(context, resource, "tags")], Written::Map("tags"), true))
}
