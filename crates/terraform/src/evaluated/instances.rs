//! The instances of a block: those of `count` and `for_each`.

use hcl_edit::structure::Block;
use tollgate_expression::{UnknownReason, Value};

use crate::address::InstanceKey;
use crate::scope::ModuleScope;
use crate::source::Located;

/// The instances of a block.
pub(crate) enum Instances {
    /// One, without a key.
    One,
    /// One for each key.
    Keys(Vec<InstanceKey>),
    /// More than can be counted here.
    TooMany,
    /// Their number is unknown.
    Unknown(UnknownReason),
}

/// Returns the instances of a block of a module, at most `limit`.
pub(crate) fn of(block: Located<'_, Block>, scope: &ModuleScope<'_>, limit: usize) -> Instances {
    if let Some(count) = block.attribute("count") {
        return by_count(&scope.evaluate(count.node), limit);
    }
    match block.attribute("for_each") {
        Some(for_each) => by_keys(&scope.evaluate(for_each.node), limit),
        None => Instances::One,
    }
}

fn by_count(value: &Value, limit: usize) -> Instances {
    let number = match value.expose().0 {
        Value::Number(number) => number.as_u64(),
        Value::Text(text) => text.parse().ok(),
        Value::Unknown(reason) => return Instances::Unknown(reason.clone()),
        _ => None,
    };
    match number {
        Some(number) if number > limit as u64 => Instances::TooMany,
        Some(number) => Instances::Keys((0..number).map(InstanceKey::Index).collect()),
        None => Instances::Unknown(UnknownReason::new("a `count` that is not a whole number")),
    }
}

fn by_keys(value: &Value, limit: usize) -> Instances {
    let mut keys: Vec<String> = match value.expose().0 {
        Value::Unknown(reason) => return Instances::Unknown(reason.clone()),
        Value::Object(object) => match &object.open {
            Some(reason) => return Instances::Unknown(reason.clone()),
            None => object.entries.keys().cloned().collect(),
        },
        Value::List(items) => match items.iter().find_map(Value::unknown) {
            Some(reason) => return Instances::Unknown(reason.clone()),
            None => items.iter().map(Value::shown).collect(),
        },
        _ => return Instances::Unknown(UnknownReason::new("a `for_each` that is neither a set nor a map")),
    };
    keys.sort();
    keys.dedup();
    if keys.len() > limit {
        Instances::TooMany
    } else {
        Instances::Keys(keys.into_iter().map(InstanceKey::Text).collect())
    }
}
