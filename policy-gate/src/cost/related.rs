//! The other resources of a plan that an estimate refers to: by reference, or by the id in an attribute.

use std::collections::HashMap;

use tollgate_expression::Value;
use tollgate_prices::RelatedResources;
use tollgate_terraform::{Address, ConfiguredExpression, ResourceChange};

use crate::context::PlanContext;
use crate::resource::Resource;

/// The resources of a plan, by type and by address without instances.
pub(super) struct Others<'p> {
    by_kind: HashMap<&'p str, Vec<&'p ResourceChange<'p>>>,
    by_address: HashMap<String, Vec<&'p ResourceChange<'p>>>,
}

/// The attributes that identify a resource to others.
const NAMES: [&str; 3] = ["id", "arn", "name"];

impl<'p> Others<'p> {
    pub(super) fn of(context: &PlanContext<'p>) -> Self {
        let mut out = Self { by_kind: HashMap::new(), by_address: HashMap::new() };
        for change in &context.plan.changes {
            out.by_kind.entry(&*change.kind).or_default().push(change);
            if let Some(address) = Address::parse(&change.address) {
                out.by_address.entry(address.configured()).or_default().push(change);
            }
        }
        out
    }

    /// Returns the resources that a resource refers to, before the change or after it.
    pub(super) fn seen_from<'r>(&'r self, resource: &'r Resource<'r>, before: bool) -> From<'r, 'p> {
        From { by_kind: &self.by_kind, by_address: &self.by_address, resource, before }
    }
}

/// The other resources from the view of one resource.
pub(super) struct From<'r, 'p> {
    by_kind: &'r HashMap<&'p str, Vec<&'p ResourceChange<'p>>>,
    by_address: &'r HashMap<String, Vec<&'p ResourceChange<'p>>>,
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

    /// Returns the references of an attribute.
    fn references(&self, path: &str) -> Vec<String> {
        let mut at = self.resource.expressions();
        let mut steps = path.split('.').peekable();
        while let Some(step) = steps.next() {
            match at.get(step) {
                Some(ConfiguredExpression::References(list)) if steps.peek().is_none() => return list.clone(),
                Some(ConfiguredExpression::Blocks(blocks)) => match blocks.first() {
                    Some(first) => at = first,
                    None => return Vec::new(),
                },
                _ => return Vec::new(),
            }
        }
        Vec::new()
    }

    /// Finds the instance that a reference in this module points to: the one with the same key, or the first.
    fn named(&self, reference: &str) -> Option<&ResourceChange<'_>> {
        let address = self.resource.address.as_ref()?;
        let of_module: String = address.modules.iter().map(|m| format!("module.{}.", m.name)).collect();
        let mut parts = reference.split('.');
        let (kind, name) = (parts.next()?, parts.next()?.split('[').next()?);
        let found = self.by_address.get(&format!("{of_module}{kind}.{name}"))?;
        let same = |change: &&&ResourceChange<'_>| {
            Address::parse(&change.address).is_some_and(|a| a.key == address.key && a.modules == address.modules)
        };
        let in_module = |change: &&&ResourceChange<'_>| {
            Address::parse(&change.address).is_some_and(|a| a.modules == address.modules)
        };
        found.iter().find(same).or_else(|| found.iter().find(in_module)).or(found.first()).copied()
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
        let reference = self.references(attribute).into_iter().find(|r| r.starts_with(&prefix))?;
        Some(self.attributes(self.named(&reference)?)).filter(|a| !a.is_null())
    }
}
