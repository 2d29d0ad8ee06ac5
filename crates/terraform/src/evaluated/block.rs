//! The arguments and nested blocks of a block, evaluated.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body, Structure};
use tollgate_expression::{EvaluationError, ExpressionScope, Object, ReferenceStep, Resolution, UnknownReason, Value};

use super::marks::{self, Marked};
use crate::scope::ModuleScope;

/// Arguments and blocks that Terraform reads itself and that are no part of the resource.
const OF_TERRAFORM: [&str; 7] =
    ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];

/// Arguments that are maps of text for every provider: numbers and flags in them become text.
const MAPS_OF_TEXT: [&str; 6] = ["labels", "resource_labels", "tags", "tags_all", "user_labels", "freeform_tags"];

/// The most blocks that one `dynamic` block becomes.
const DYNAMIC: usize = 1_000;

/// The names of a module, and those of the `dynamic` blocks around an expression.
#[derive(Clone)]
struct BlockScope<'n, 's> {
    module: &'n ModuleScope<'s>,
    iterators: Vec<(String, Value)>,
}

impl ExpressionScope for BlockScope<'_, '_> {
    fn resolve(&self, name: &str, steps: &[ReferenceStep]) -> Resolution<'_> {
        match self.iterators.iter().rev().find(|(iterator, _)| iterator == name) {
            Some((_, value)) => Resolution::Value(Cow::Borrowed(value), 0),
            None => self.module.resolve(name, steps),
        }
    }

    fn has_function(&self, name: &str) -> bool {
        self.module.has_function(name)
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, EvaluationError>> {
        self.module.call(name, arguments)
    }
}

/// Receives the reason of an unknown argument, with the expression.
pub(super) type Note<'f> = dyn FnMut(&UnknownReason, &Expression) + 'f;

/// Evaluates the body of a resource.
pub(super) fn arguments(body: &Body, module: &ModuleScope<'_>, note: &mut Note<'_>) -> Marked {
    let scope = BlockScope { module, iterators: Vec::new() };
    inside(body, &scope, &OF_TERRAFORM, note)
}

fn inside(body: &Body, scope: &BlockScope<'_, '_>, skipped: &[&str], note: &mut Note<'_>) -> Marked {
    let mut entries: BTreeMap<String, Marked> = BTreeMap::new();
    // `None` once a `dynamic` block of the name makes their number unknown.
    let mut blocks: BTreeMap<String, Option<Vec<Marked>>> = BTreeMap::new();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) if skipped.contains(&attribute.key.as_str()) => {}
            Structure::Attribute(attribute) => {
                let value = value(&attribute.value, scope, note);
                let value = if MAPS_OF_TEXT.contains(&attribute.key.as_str()) { texts(value) } else { value };
                entries.insert(attribute.key.as_str().to_owned(), marks::of(&value));
            }
            Structure::Block(block) if skipped.contains(&block.ident.as_str()) => {}
            Structure::Block(block) if block.ident.as_str() == "dynamic" => {
                let Some(name) = block.labels.first().map(|label| label.as_str().to_owned()) else { continue };
                let made = dynamic(block, &name, scope, note);
                let all = blocks.entry(name).or_insert_with(|| Some(Vec::new()));
                *all = all.take().zip(made).map(|(all, made)| [all, made].concat());
            }
            Structure::Block(block) => {
                let made = inside(&block.body, scope, &[], note);
                let all = blocks.entry(block.ident.as_str().to_owned()).or_insert_with(|| Some(Vec::new()));
                if let Some(all) = all {
                    all.push(made);
                }
            }
        }
    }
    for (name, made) in blocks {
        let made = match made {
            None => Marked::unknown(),
            // The only block of every resource that is an object of its own.
            Some(mut only) if name == "timeouts" => only.pop().unwrap_or_else(Marked::unknown),
            Some(all) => Marked::list(all),
        };
        entries.insert(name, made);
    }
    Marked::object(entries)
}

fn value(expression: &Expression, scope: &BlockScope<'_, '_>, note: &mut Note<'_>) -> Value {
    let value = scope.module.evaluate_in(scope, expression);
    each_reason(&value, &mut |reason| note(reason, expression));
    value
}

/// Visits the reasons of all unknown parts of a value.
fn each_reason(value: &Value, visit: &mut dyn FnMut(&UnknownReason)) {
    match value {
        Value::Unknown(reason) => visit(reason),
        Value::Sensitive(inner) => each_reason(inner, visit),
        Value::List(items) => items.iter().for_each(|item| each_reason(item, visit)),
        Value::Object(object) => {
            object.entries.values().for_each(|entry| each_reason(entry, visit));
            object.open.iter().for_each(visit);
        }
        _ => {}
    }
}

/// A map with its numbers and flags as text.
fn texts(value: Value) -> Value {
    match value {
        Value::Object(Object { entries, open }) => Value::Object(Object {
            entries: entries.into_iter().map(|(key, value)| (key, texts(value))).collect(),
            open,
        }),
        Value::Sensitive(inner) => Value::Sensitive(Box::new(texts(*inner))),
        scalar @ (Value::Number(_) | Value::Bool(_)) => Value::Text(scalar.shown()),
        other => other,
    }
}

/// Evaluates the blocks of a `dynamic` block; `None` when their number is unknown.
fn dynamic(block: &Block, name: &str, scope: &BlockScope<'_, '_>, note: &mut Note<'_>) -> Option<Vec<Marked>> {
    let content = block.body.blocks().find(|inner| inner.ident.as_str() == "content")?;
    let iterator = block.body.get_attribute("iterator").map(|a| a.value.to_string().trim().to_owned());
    let all = value(&block.body.get_attribute("for_each")?.value, scope, note);
    let items: Vec<(Value, Value)> = match all.expose().0 {
        Value::Null => Vec::new(),
        Value::Object(object) if object.open.is_none() => {
            object.entries.iter().map(|(key, value)| (Value::text(key), value.clone())).collect()
        }
        Value::List(items) => {
            items.iter().enumerate().map(|(at, value)| (Value::Number(at.into()), value.clone())).collect()
        }
        _ => return None,
    };
    if items.len() > DYNAMIC {
        return None;
    }
    let mut scope = scope.clone();
    let made = items.into_iter().map(|(key, value)| {
        let entries = [("key".to_owned(), key), ("value".to_owned(), value)].into();
        let item = Value::Object(Object { entries, open: None });
        scope.iterators.push((iterator.clone().unwrap_or_else(|| name.to_owned()), item));
        let made = inside(&content.body, &scope, &[], note);
        scope.iterators.pop();
        made
    });
    Some(made.collect())
}
