//! The other resources of a plan that an estimate refers to: by reference, or by the id in an attribute.

use std::collections::HashMap;

use tollgate_expression::Value;
use tollgate_prices::RelatedResources;
use tollgate_terraform::ResourceChange;

use crate::context::PlanContext;
use crate::references::references;
use crate::resource::Resource;

/// The resources of a plan by type.
pub(super) struct Others<'p> {
    by_kind: HashMap<&'p str, Vec<&'p ResourceChange<'p>>>,
}

/// The attributes that identify a resource to others.
const NAMES: [&str; 3] = ["id", "arn", "name"];

impl<'p> Others<'p> {
    pub(super) fn of(context: &PlanContext<'p>) -> Self {
        let mut out = Self { by_kind: HashMap::new() };
        for change in context.plan.changes.iter().filter(|change| change.deposed.is_none()) {
            out.by_kind.entry(&*change.kind).or_default().push(change);
        }
        out
    }

    /// Returns the resources that a resource refers to, before the change or after it.
    pub(super) fn seen_from<'r>(&'r self, resource: &'r Resource<'r>, before: bool) -> From<'r, 'p> {
        From { by_kind: &self.by_kind, resource, before }
    }
}

/// The other resources from the view of one resource.
pub(super) struct From<'r, 'p> {
    by_kind: &'r HashMap<&'p str, Vec<&'p ResourceChange<'p>>>,
    resource: &'r Resource<'r>,
    before: bool,
}

impl From<'_, '_> {
    /// Returns the attributes of another resource.
    fn attributes(&self, change: &ResourceChange<'_>) -> Value {
        if self.before { change.change.before() } else { change.change.after() }
    }

    fn value(&self, path: &str) -> Value {
        path.split('.').fold(self.resource.after.clone(), |value, step| match value.as_list() {
            Some([only]) => only.member(step),
            _ => value.member(step),
        })
    }
}

impl RelatedResources for From<'_, '_> {
    fn referred(&self, attribute: &str, kind: &str) -> Option<Value> {
        let value = self.value(attribute);
        if let Some(id) = value.as_text().filter(|id| !id.is_empty()) {
            // A value may have a version after the name (task definitions) or a path after the id.
            let known = |other: &Value| {
                NAMES.iter().any(|name| other.member(name).as_text().is_some_and(|n| !n.is_empty() && n == id))
            };
            for change in self.by_kind.get(kind).into_iter().flatten() {
                let attributes = self.attributes(change);
                if known(&attributes) || known(&change.change.before()) {
                    return Some(attributes).filter(|a| !a.is_null());
                }
            }
        }
        let prefix = format!("{kind}.");
        let found = references(self.resource, attribute);
        let reference = found.iter().find(|reference| reference.text.starts_with(&prefix))?;
        let change = self.resource.context.referred(self.resource, reference)?;
        Some(self.attributes(change)).filter(|a| !a.is_null())
    }

    fn plan_has(&self, kind: &str) -> bool {
        self.by_kind.contains_key(kind)
    }
}
