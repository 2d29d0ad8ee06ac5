//! The other resources of a plan that an estimate refers to: by reference, or by the id in an attribute.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use tollgate_expression::Value;
use tollgate_prices::RelatedResources;
use tollgate_terraform::ResourceChange;

use crate::context::PlanContext;
use crate::references::references;
use crate::resource::Resource;

/// The resources of a plan by type.
pub(super) struct Others<'p> {
    by_kind: HashMap<&'p str, Vec<&'p ResourceChange<'p>>>,
    /// The resources of a type by the resource that one of their attributes refers to, computed when it is first asked for.
    referring: RefCell<HashMap<(&'p str, String), Rc<Referring<'p>>>>,
    /// The resources of a type by what identifies them, computed when a resource first refers to the type.
    named: RefCell<HashMap<&'p str, Rc<Named<'p>>>>,
}

/// The first resource of each name.
#[derive(Default)]
struct Named<'p> {
    before: HashMap<String, &'p ResourceChange<'p>>,
    /// By the names before the change or after it.
    either: HashMap<String, &'p ResourceChange<'p>>,
}

/// Resources by the resource that they refer to.
#[derive(Default)]
struct Referring<'p> {
    by_address: HashMap<String, Vec<&'p ResourceChange<'p>>>,
    /// By the value of the attribute, and by its last part: `replication-group/NAME`.
    by_value: HashMap<String, Vec<&'p ResourceChange<'p>>>,
}

/// The attributes that identify a resource to others.
const NAMES: [&str; 3] = ["id", "arn", "name"];

impl<'p> Others<'p> {
    pub(super) fn of(context: &PlanContext<'p>) -> Self {
        let mut out = Self { by_kind: HashMap::new(), referring: RefCell::default(), named: RefCell::default() };
        for change in context.plan.changes.iter().filter(|change| change.deposed.is_none()) {
            out.by_kind.entry(&*change.kind).or_default().push(change);
        }
        out
    }

    /// Returns the resources that a resource refers to, before the change or after it.
    pub(super) fn seen_from<'r>(&'r self, resource: &'r Resource<'r>, before: bool) -> From<'r, 'p> {
        From { others: self, resource, before }
    }

    /// Finds the resources of a type by the resource that an attribute refers to.
    fn referring(&self, context: &PlanContext<'_>, attribute: &str, kind: &str) -> Option<Rc<Referring<'p>>> {
        let (kind, changes) = self.by_kind.get_key_value(kind)?;
        let key = (*kind, attribute.to_owned());
        if let Some(known) = self.referring.borrow().get(&key) {
            return Some(Rc::clone(known));
        }
        let index = Rc::new(Referring::of(context, changes, attribute));
        self.referring.borrow_mut().insert(key, Rc::clone(&index));
        Some(index)
    }

    /// Finds a resource of a type by its id, ARN or name.
    fn named(&self, kind: &str, name: &str, before: bool) -> Option<&'p ResourceChange<'p>> {
        let (kind, changes) = self.by_kind.get_key_value(kind)?;
        let index = Rc::clone(self.named.borrow_mut().entry(kind).or_insert_with(|| Rc::new(Named::of(changes))));
        let names = if before { &index.before } else { &index.either };
        names.get(name).copied()
    }
}

impl<'p> Referring<'p> {
    fn of(context: &PlanContext<'_>, changes: &[&'p ResourceChange<'p>], attribute: &str) -> Self {
        let mut out = Self::default();
        for change in changes {
            let resource = Resource::read(context, change);
            let mut addresses: Vec<&str> = Vec::new();
            for reference in references(&resource, attribute) {
                let Some(target) = context.referred(&resource, &reference) else { continue };
                if !addresses.contains(&&*target.address) {
                    addresses.push(&target.address);
                }
            }
            for address in addresses {
                out.by_address.entry(address.to_owned()).or_default().push(change);
            }
            let value = resource.after.member(attribute);
            if let Some(text) = value.as_text().filter(|text| !text.is_empty()) {
                let last = text.split_once('/').map(|(_, last)| last);
                for name in [Some(text), last].into_iter().flatten() {
                    out.by_value.entry(name.to_owned()).or_default().push(change);
                }
            }
        }
        out
    }
}

impl<'p> Named<'p> {
    fn of(changes: &[&'p ResourceChange<'p>]) -> Self {
        let mut out = Self::default();
        for change in changes {
            for name in names(&change.change.before()) {
                out.before.entry(name.clone()).or_insert(change);
                out.either.entry(name).or_insert(change);
            }
            for name in names(&change.change.after()) {
                out.either.entry(name).or_insert(change);
            }
        }
        out
    }
}

/// Returns what identifies a resource.
fn names(attributes: &Value) -> Vec<String> {
    let names = NAMES.iter().filter_map(|name| attributes.member(name).as_text().map(str::to_owned));
    names.filter(|name| !name.is_empty()).collect()
}

/// The other resources from the view of one resource.
pub(super) struct From<'r, 'p> {
    others: &'r Others<'p>,
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
        if let Some(id) = value.as_text().filter(|id| !id.is_empty())
            && let Some(change) = self.others.named(kind, id, self.before)
        {
            return Some(self.attributes(change)).filter(|a| !a.is_null());
        }
        let prefix = format!("{kind}.");
        let found = references(self.resource, attribute);
        let reference = found.iter().find(|reference| reference.text.starts_with(&prefix))?;
        let change = self.resource.context.referred(self.resource, reference)?;
        Some(self.attributes(change)).filter(|a| !a.is_null())
    }

    fn referring(&self, attribute: &str, kind: &str) -> Vec<Value> {
        let Some(index) = self.others.referring(self.resource.context, attribute, kind) else { return Vec::new() };
        let by_address = index.by_address.get(&*self.resource.change.address);
        let by_value = || names(&self.resource.after).iter().find_map(|name| index.by_value.get(name));
        let found = by_address.or_else(by_value).into_iter().flatten();
        found.map(|change| self.attributes(change)).filter(|attributes| !attributes.is_null()).collect()
    }

    fn plan_has(&self, kind: &str) -> bool {
        self.others.by_kind.contains_key(kind)
    }
}
