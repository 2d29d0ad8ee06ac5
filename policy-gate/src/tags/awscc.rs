//! AWS Cloud Control: `tags` as a list of `{ key, value }`, or as a map for some types.

use tollgate_expression::{Blame, Object, Value};

use super::layer::{Layer, Origin, own};
use super::{Effective, Written, has, is_map};
use crate::context::PlanContext;
use crate::resource::Resource;

pub(super) fn effective(context: &PlanContext<'_>, resource: &Resource<'_>) -> Option<Effective> {
    if !has(resource, "tags") {
        return None;
    }
    if is_map(resource, "tags") {
        return Some(Effective::of(vec![own(context, resource, "tags")], Written::Map("tags"), false));
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
                    _ => tags.open = Some(Blame::new("a tag's key")),
                }
            }
        }
        Value::Unknown(blame) => tags.open = Some(blame.clone()),
        _ => {}
    }
    let mut layer = Layer::of(Origin::Resource("tags"), tags);
    layer.place = resource.block.and_then(|b| b.attribute_place("tags"));
    Some(Effective::of(vec![layer], Written::Pairs("tags"), false))
}
