//! AWS Cloud Control: `tags` as a list of `{ key, value }`, or as a map for some types.

use tollgate_expression::{Object, UnknownReason, Value};

use super::layer::{TagLayer, TagOrigin, own};
use super::{EffectiveTags, TagSyntax, has, is_map};
use crate::resource::Resource;

pub(super) fn effective(resource: &Resource<'_>) -> Option<EffectiveTags> {
    if !has(resource, "tags") {
        return None;
    }
    if is_map(resource, "tags") {
        return Some(EffectiveTags::of(vec![own(resource, "tags")], TagSyntax::Map("tags"), false));
    }
    let mut tags = Object::default();
    match resource.after.member("tags").expose().0 {
        Value::List(items) => {
            for item in items {
                match item.member("key").expose().0 {
                    Value::Text(key) => {
                        tags.entries.insert(key.clone(), item.member("value"));
                    }
                    Value::Unknown(blame) => tags.open = Some(blame.clone()),
                    _ => tags.open = Some(UnknownReason::new("a tag's key")),
                }
            }
        }
        Value::Unknown(blame) => tags.open = Some(blame.clone()),
        _ => {}
    }
    let mut layer = TagLayer::of(TagOrigin::Resource("tags"), tags);
    layer.place = resource.block.and_then(|b| b.attribute_place("tags"));
    Some(EffectiveTags::of(vec![layer], TagSyntax::Pairs("tags"), false))
}
