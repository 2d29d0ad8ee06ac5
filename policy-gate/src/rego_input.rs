//! The input of Rego policies: the plan, and under `tollgate` the facts of the gate; after the change and before it.

use tollgate_model::Amount;
use tollgate_prices::Span;
use tollgate_terraform::ResourceChange;

use crate::context::PlanContext;
use crate::cost::{PlanCost, ResourceCost};
use crate::resource::Resource;
use crate::tags;

/// The input before the change: every existing resource without an action. The configuration and the variables of that time are
/// unknown and left out. `known` are the facts of the gate for that time.
pub(crate) fn input_before(input: &serde_json::Value, known: serde_json::Value) -> serde_json::Value {
    let mut out = serde_json::Map::new();
    for name in ["format_version", "terraform_version", "prior_state"] {
        out.extend(input.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    if let Some(values) = input.pointer("/prior_state/values") {
        out.insert("planned_values".to_owned(), values.clone());
    }
    let there = |change: &&serde_json::Value| change.pointer("/change/before").is_some_and(|before| !before.is_null());
    let changes = input.get("resource_changes").and_then(serde_json::Value::as_array).into_iter().flatten();
    let changes: Vec<serde_json::Value> = changes
        .filter(there)
        .map(|change| {
            let mut was = change.clone();
            let before = change["change"]["before"].clone();
            let sensitive = change["change"].get("before_sensitive").cloned().unwrap_or_default();
            was["change"] = serde_json::json!({
                "actions": ["no-op"], "before": before, "after": before, "after_unknown": {},
                "before_sensitive": sensitive, "after_sensitive": sensitive,
            });
            was
        })
        .collect();
    if !out.contains_key("planned_values") {
        let resources = changes.iter().map(|change| {
            let mut resource = serde_json::Map::new();
            for name in ["address", "mode", "type", "name", "index", "provider_name"] {
                resource.extend(change.get(name).map(|value| (name.to_owned(), value.clone())));
            }
            resource.insert("values".to_owned(), change["change"]["before"].clone());
            serde_json::Value::Object(resource)
        });
        let resources: Vec<serde_json::Value> = resources.collect();
        out.insert("planned_values".to_owned(), serde_json::json!({ "root_module": { "resources": resources } }));
    }
    out.insert("resource_changes".to_owned(), changes.into());
    out.insert("tollgate".to_owned(), known);
    serde_json::Value::Object(out)
}

/// The facts of the gate for Rego: the environment, and the tags and cost of each resource after the change.
pub(crate) fn gate_facts(context: &PlanContext<'_>, cost: &PlanCost) -> serde_json::Value {
    let stays = |change: &&ResourceChange<'_>| change.stays();
    let resources = context.plan.changes.iter().filter(stays).map(|change| Resource::read(context, change));
    serde_json::json!({
        "environment": context.environment,
        "tags": tags_of(resources),
        "cost": {
            "currency": cost.currency.map(|c| c.to_string()),
            "change": micros(Some(cost.change)),
            "monthly": micros(Some(cost.after)),
            "unpriced": cost.changing - cost.priced,
            "resources": costs_of(cost, |r| [r.after, r.before, r.change]),
        },
    })
}

/// The same facts before the change.
pub(crate) fn gate_facts_before(context: &PlanContext<'_>, cost: &PlanCost) -> serde_json::Value {
    let there = |change: &&ResourceChange<'_>| !change.change.before().is_null();
    let resources = context.plan.changes.iter().filter(there).map(|change| Resource::read(context, change).as_it_was());
    let nothing = Span::exactly(Amount::ZERO);
    serde_json::json!({
        "environment": context.environment,
        "tags": tags_of(resources),
        "cost": {
            "currency": cost.currency.map(|c| c.to_string()),
            "change": micros(Some(nothing)),
            "monthly": micros(Some(cost.before)),
            "unpriced": cost.changing - cost.priced,
            "resources": costs_of(cost, |r| [r.before, r.before, Some(nothing)]),
        },
    })
}

/// The effective tags of resources, by address.
fn tags_of<'p>(resources: impl Iterator<Item = Resource<'p>>) -> serde_json::Value {
    let tags = resources.filter_map(|resource| {
        let effective = tags::effective(&resource)?;
        let tags = effective.tags.entries.iter();
        let open = tags.filter(|(key, _)| effective.shown(key) == key.as_str());
        let shown = open.map(|(key, value)| (key.clone(), value.unknown().is_none().then(|| value.shown()).into()));
        Some((resource.change.address.to_string(), serde_json::Value::Object(shown.collect())))
    });
    serde_json::Value::Object(tags.collect())
}

/// The monthly cost of resources by address: after, before, and the change.
fn costs_of(cost: &PlanCost, of: impl Fn(&ResourceCost) -> [Option<Span<Amount>>; 3]) -> serde_json::Value {
    let resources = cost.resources.iter().map(|r| {
        let [monthly, before, change] = of(r).map(micros);
        (r.address.clone(), serde_json::json!({ "monthly": monthly, "before": before, "change": change }))
    });
    serde_json::Value::Object(resources.collect())
}

/// An amount for Rego in millionths, because Rego's numbers are floats; null when it is unknown.
fn micros(span: Option<Span<Amount>>) -> serde_json::Value {
    let micros = |a: Amount| i64::try_from(a.round(6).units() / 10i128.pow(Amount::PLACES - 6)).ok();
    let shown = |s: Span<Amount>| serde_json::json!({ "low": micros(s.low), "likely": micros(s.likely), "high": micros(s.high) });
    span.map_or(serde_json::Value::Null, shown)
}
