//! Cost by module, service or tag.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use tollgate_model::Amount;
use tollgate_prices::Span;

use super::{PlanCost, ResourceCost};
use crate::context::PlanContext;
use crate::resource::Resource;
use crate::tags;

/// What resources are grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// The module, with its instance.
    Module,
    /// The service of the provider.
    Service,
    /// The value of a tag.
    Tag(String),
}

impl FromStr for GroupBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "module" => Ok(Self::Module),
            None if text == "service" => Ok(Self::Service),
            Some(("tag", key)) if !key.is_empty() => Ok(Self::Tag(key.to_owned())),
            _ => Err("write `module`, `service` or `tag:KEY`".to_owned()),
        }
    }
}

impl fmt::Display for GroupBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module => f.write_str("module"),
            Self::Service => f.write_str("service"),
            Self::Tag(key) => write!(f, "tag:{key}"),
        }
    }
}

/// The cost of a group of resources. Sums contain the priced resources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CostGroup {
    /// The module, the service or the value of the tag.
    pub name: String,
    /// The monthly cost before.
    pub before: Span<Amount>,
    /// The monthly cost after.
    pub after: Span<Amount>,
    /// The cost that the change adds a month.
    pub change: Span<Amount>,
    /// The number of resources.
    pub resources: usize,
    /// The number of resources whose cost is not fully priced.
    pub unpriced: usize,
}

impl CostGroup {
    fn add(&mut self, cost: &ResourceCost) {
        self.before = cost.before.map_or(self.before, |b| self.before.plus(b));
        self.after = cost.after.map_or(self.after, |a| self.after.plus(a));
        self.change = cost.change.map_or(self.change, |c| self.change.plus(c));
        self.resources += 1;
        self.unpriced += usize::from(cost.after.is_none() || cost.change.is_none());
    }
}

/// The groups of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CostGroups {
    /// What they are groups of: `module`, `service`, `tag:team`.
    pub by: String,
    /// The groups, the most expensive first.
    pub groups: Vec<CostGroup>,
}

/// Groups the resources of a plan.
pub fn groups(by: &GroupBy, context: &PlanContext<'_>, cost: &PlanCost) -> CostGroups {
    let mut all: BTreeMap<String, CostGroup> = BTreeMap::new();
    for resource in &cost.resources {
        let name = match by {
            GroupBy::Module if resource.module.is_empty() => "(root module)".to_owned(),
            GroupBy::Module => resource.module.clone(),
            GroupBy::Service => resource.service.clone(),
            GroupBy::Tag(key) => tag_of(key, context, resource),
        };
        all.entry(name.clone()).or_insert_with(|| CostGroup { name, ..CostGroup::default() }).add(resource);
    }
    let mut groups: Vec<CostGroup> = all.into_values().collect();
    groups.sort_by(|a, b| b.after.likely.cmp(&a.after.likely).then_with(|| a.name.cmp(&b.name)));
    CostGroups { by: by.to_string(), groups }
}

/// Returns the value of a tag of a resource, for people.
fn tag_of(key: &str, context: &PlanContext<'_>, cost: &ResourceCost) -> String {
    let Some(change) = cost.position.and_then(|at| context.plan.changes.get(at)) else {
        return "(not in the plan)".to_owned();
    };
    let mut is = Resource::read(context, change);
    if is.after.is_null() {
        is = is.as_it_was();
    }
    let Some(effective) = tags::effective(&is) else { return "(takes no tags)".to_owned() };
    let value = effective.tags.get(key);
    if value.is_sensitive() {
        return "(sensitive value)".to_owned();
    }
    match value.as_text() {
        Some(text) if !text.is_empty() => text.to_owned(),
        None if value.unknown().is_some() => "(known after apply)".to_owned(),
        _ => "(not set)".to_owned(),
    }
}
