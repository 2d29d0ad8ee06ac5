//! Scope check: budgets, watches, routes and dimensions of the policy file that match no charge.
//!
//! A misspelled service is valid in the file, and only charges can show that it does not exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use tollgate_model::allocation::{AllocationRule, ConditionField};
use tollgate_model::series::Facet;
use tollgate_model::{Column, SeriesKey};
use tollgate_policy::{Dimension, On, Policy, ScopeCondition, nearest};

use crate::charges::scan_newest;
use crate::cube::load_cube;
use crate::scope::{matches_scope, read_account_names};
use crate::{Context, PipelineError};

/// Known values that a hint lists.
const LISTED: usize = 8;

/// A scope or dimension of the policy file that matches no charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnmatchedScope {
    /// The block: `budget "platform"`.
    pub block: String,
    /// Where the file has it: `tollgate.hcl:14:3`.
    pub place: Option<String>,
    /// What matches no charge.
    pub message: String,
    /// The nearest known value, or the known values.
    pub hint: Option<String>,
}

impl fmt::Display for UnmatchedScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place.as_ref().map_or(String::new(), |place| format!("{place}: "));
        write!(f, "{place}{}: {}", self.block, self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
    }
}

/// The values of the charges that the store holds.
struct KnownValues<'c> {
    keys: Vec<&'c SeriesKey>,
    names: BTreeMap<String, String>,
}

impl KnownValues<'_> {
    /// The values that a condition can have. Accounts have an id and a name.
    fn of(&self, on: &On) -> BTreeSet<&str> {
        let values = self.keys.iter().filter_map(|key| match on {
            On::Facet(facet) => key.facet(*facet),
            On::Dimension(name) => key.dimensions.get(name).map(String::as_str),
        });
        let mut out: BTreeSet<&str> = values.collect();
        if *on == On::Facet(Facet::SubAccount) {
            let names: Vec<&str> = out.iter().filter_map(|id| self.names.get(*id)).map(String::as_str).collect();
            out.extend(names);
        }
        out
    }

    /// What of a scope matches no charge, each with a hint.
    fn unmatched(&self, scope: &[ScopeCondition]) -> Vec<(String, Option<String>)> {
        let mut out = Vec::new();
        for condition in scope {
            let known = self.of(&condition.on);
            let unknown = condition.values.iter().filter(|value| !known.contains(value.as_str()));
            out.extend(unknown.map(|value| {
                (format!("no charge has {} `{value}`", condition.on), hint(value, known.iter().copied()))
            }));
        }
        if out.is_empty() && !self.keys.iter().any(|key| matches_scope(scope, key, &self.names)) {
            let of = |condition: &ScopeCondition| format!("{} {}", condition.on, condition.values.join(" or "));
            let all: Vec<String> = scope.iter().map(of).collect();
            out.push((format!("no charge has all of: {}", all.join(", ")), None));
        }
        out
    }
}

/// The nearest known value, or the first of the known ones.
fn hint<'a>(value: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(near) = nearest(value, known.clone()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let listed: Vec<String> = known.clone().take(LISTED).map(|k| format!("`{k}`")).collect();
    let more = known.count().saturating_sub(LISTED);
    match (listed.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(format!("known: {}", listed.join(", "))),
        (false, more) => Some(format!("known: {} and {more} more", listed.join(", "))),
    }
}

/// Finds the budgets, watches, routes and dimensions of the policy that match no charge of the store. Nothing is unmatched in a store
/// without charges.
///
/// # Errors
///
/// When a store fails.
pub async fn find_unmatched_scopes(context: &Context) -> Result<Vec<UnmatchedScope>, PipelineError> {
    let policy = &context.state.policy;
    let cube = match load_cube(&context.state).await {
        Ok(cube) => cube,
        Err(PipelineError::Empty) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let known = KnownValues { keys: cube.keys().collect(), names: read_account_names(&context.state).await? };
    let mut out = Vec::new();
    for dimension in &policy.dimensions {
        out.extend(unmatched_dimension(context, &known, dimension).await?);
    }
    let budgets = policy.budgets.iter().map(|b| ("budget", &b.name, &b.scope));
    let watches = policy.watches.iter().map(|w| ("watch", &w.name, &w.scope));
    let routes = policy.routes.iter().map(|r| ("route", &r.name, &r.scope));
    for (kind, name, scope) in budgets.chain(watches).chain(routes).filter(|(_, _, scope)| !scope.is_empty()) {
        let place = policy.place_of(&format!("{kind}.{name}.scope"));
        out.extend(known.unmatched(scope).into_iter().map(|(message, hint)| UnmatchedScope {
            block: format!("{kind} \"{name}\""),
            place: place.map(str::to_owned),
            message,
            hint,
        }));
    }
    out.extend(policy.allocations.iter().flat_map(|rule| unmatched_allocation(policy, rule, &known)));
    Ok(out)
}

/// What of an allocation's conditions matches no charge. Patterns may match later charges, and a value that other rules give to needs no
/// charge of its own.
fn unmatched_allocation(policy: &Policy, rule: &AllocationRule, known: &KnownValues<'_>) -> Vec<UnmatchedScope> {
    let others = policy.allocations.iter().filter(|other| other.dimension == rule.dimension);
    let given: BTreeSet<&str> = others.flat_map(AllocationRule::named_targets).collect();
    let mut out = Vec::new();
    for (attribute, conditions) in [("source", &rule.source), ("weigh", &rule.weigh)] {
        for condition in conditions {
            let on = match &condition.on {
                ConditionField::Facet(facet) => On::Facet(*facet),
                ConditionField::Dimension(name) => On::Dimension(name.clone()),
            };
            let values = known.of(&on);
            let is_given = |value: &str| on.as_str() == rule.dimension && given.contains(value);
            let unknown = condition
                .values
                .iter()
                .filter(|value| !value.contains('*') && !values.contains(value.as_str()) && !is_given(value));
            out.extend(unknown.map(|value| UnmatchedScope {
                block: format!("allocation \"{}\"", rule.name),
                place: policy.place_of(&format!("allocation.{}.{attribute}", rule.name)).map(str::to_owned),
                message: format!("no charge has {on} `{value}`"),
                hint: hint(value, values.iter().copied()),
            }));
        }
    }
    out
}

/// A dimension that has its default for every charge, with the tag that its expression may mean.
async fn unmatched_dimension(
    context: &Context,
    known: &KnownValues<'_>,
    dimension: &Dimension,
) -> Result<Option<UnmatchedScope>, PipelineError> {
    let values = known.of(&On::Dimension(dimension.name.clone()));
    if values.is_empty() || values.iter().any(|value| *value != dimension.default) {
        return Ok(None);
    }
    let tags = match dimension.tag_keys() {
        [] => BTreeSet::new(),
        _ => newest_tags(context).await?,
    };
    let near = dimension.tag_keys().iter().find_map(|key| hint(key, tags.iter().map(String::as_str)));
    Ok(Some(UnmatchedScope {
        block: format!("dimension \"{}\"", dimension.name),
        place: context.state.policy.place_of(&format!("dimension.{}.value", dimension.name)).map(str::to_owned),
        message: format!("no charge has a value of it: `{}` is always `{}`", dimension.source, dimension.default),
        hint: near.map(|hint| format!("{hint} (tags of the newest month)")),
    }))
}

/// The keys of the tags of the newest month.
pub(crate) async fn newest_tags(context: &Context) -> Result<BTreeSet<String>, PipelineError> {
    let mut keys = BTreeSet::new();
    scan_newest(context, &[Column::Tags], |batch| {
        let tags = batch.text(Column::Tags);
        let texts: BTreeSet<&str> = batch.rows().filter_map(|(row, _)| tags.get(row)).collect();
        for text in texts {
            let parsed = serde_json::from_str::<BTreeMap<String, serde_json::Value>>(text);
            keys.extend(parsed.unwrap_or_default().into_keys());
        }
        Ok(())
    })
    .await?;
    Ok(keys)
}
