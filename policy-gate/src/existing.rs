//! Existing findings: whether a change touches a resource or leaves it alone.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_expression::Value;
use tollgate_terraform::ConfiguredExpression;

use crate::resource::Resource;

/// What a change does to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeEffect {
    /// It creates the resource, or touches its tags or configuration: whatever is wrong has to be fixed.
    Touches,
    /// It does neither: what was wrong before is an existing finding. The text says why.
    LeavesAlone(&'static str),
    /// The resource is planned later and judged then.
    Deferred,
}

/// Compares a resource before and after the change.
pub(crate) fn change_effect(resource: &Resource<'_>) -> ChangeEffect {
    let change = resource.change;
    if resource.deferred {
        return ChangeEffect::Deferred;
    }
    if resource.unchanged() {
        if change.change.importing.is_some() {
            return ChangeEffect::LeavesAlone("it is imported without a change");
        }
        let moved = change.previous_address.as_ref().is_some_and(|before| *before != *change.address);
        return ChangeEffect::LeavesAlone(if moved { "it only moves" } else { "nothing happens to it" });
    }
    if resource.before.is_null() {
        return ChangeEffect::Touches;
    }
    let touched = touched(resource);
    if touched.is_empty() {
        let why = if change.change.actions.replaces() {
            "it is replaced without a change"
        } else {
            "the change does not touch its configuration"
        };
        return ChangeEffect::LeavesAlone(why);
    }
    let drift = resource.context.plan.drift.iter().find(|d| d.address == change.address).map(|d| d.change.before());
    if drift.is_some_and(|was| touched.iter().all(|name| same(&was.member(name), &resource.after.member(name)))) {
        return ChangeEffect::LeavesAlone("it only returns to its configured state");
    }
    ChangeEffect::Touches
}

/// Returns the attributes that a change touches: those that differ, except values that the provider computes.
fn touched(resource: &Resource<'_>) -> Vec<String> {
    let written = |name: &str| match resource.expressions().get(name) {
        // A block without anything in it is how an absent one is repeated.
        Some(ConfiguredExpression::Blocks(blocks)) => !blocks.is_empty(),
        Some(_) => true,
        None => resource.configured.is_none(),
    };
    let empty = BTreeMap::new();
    let before = resource.before.as_object().map_or(&empty, |o| &o.entries);
    let after = resource.after.as_object().map_or(&empty, |o| &o.entries);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differs = |name: &&&String| {
        let (was, is) = (before.get(**name).unwrap_or(&Value::Null), after.get(**name).unwrap_or(&Value::Null));
        !same(was, is) && (is.unknown().is_none() || written(name))
    };
    names.iter().filter(differs).map(|name| (*name).clone()).collect()
}

/// Whether two values mean the same to their author: null and empty values do, and sensitivity is not a change.
fn same(one: &Value, other: &Value) -> bool {
    let nothing = |value: &Value| match value.expose().0 {
        Value::Null => true,
        Value::List(items) => items.is_empty(),
        Value::Object(object) => object.entries.is_empty() && object.open.is_none(),
        Value::Text(text) => text.is_empty(),
        _ => false,
    };
    match (one.expose().0, other.expose().0) {
        (Value::List(a), Value::List(b)) if a.len() == b.len() => a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) if a.entries.keys().eq(b.entries.keys()) => {
            a.entries.values().zip(b.entries.values()).all(|(a, b)| same(a, b))
        }
        (a, b) => a == b || (nothing(a) && nothing(b)),
    }
}
