//! Walks the instances of modules and their resources.

use std::collections::BTreeMap;

use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::Block;
use serde_json::{Value as Json, json};
use tollgate_expression::{UnknownReason, Value};
use tollgate_model::limits::GATE_INSTANCES;

use super::UnknownInput;
use super::block;
use super::configuration::full_name;
use super::instances::{self, Instances};
use super::marks::Marked;
use crate::address::{InstanceKey, ModuleStep};
use crate::scope::{Evaluation as Names, ModuleScope};
use crate::source::{Located, SourceFile, Sources};

/// The changes that a configuration means in an empty state.
pub(super) struct Walk<'s> {
    sources: &'s Sources,
    variables: &'s BTreeMap<String, Value>,
    names: &'s Names,
    /// `resource_changes` of the document.
    pub(super) changes: Vec<Json>,
    /// `deferred_changes` of the document.
    pub(super) deferred: Vec<Json>,
    unknown: BTreeMap<String, UnknownInput>,
}

impl<'s> Walk<'s> {
    pub(super) fn new(sources: &'s Sources, variables: &'s BTreeMap<String, Value>, names: &'s Names) -> Self {
        Self { sources, variables, names, changes: Vec::new(), deferred: Vec::new(), unknown: BTreeMap::new() }
    }

    /// What is unknown, by name.
    pub(super) fn unknown(self) -> Vec<UnknownInput> {
        self.unknown.into_values().collect()
    }

    /// The values of the root's variables.
    pub(super) fn variables(&self) -> &'s BTreeMap<String, Value> {
        self.variables
    }

    /// The names of a module.
    pub(super) fn scope(&self, modules: &[ModuleStep]) -> ModuleScope<'s> {
        ModuleScope::of_module(self.sources, self.variables, modules).without_plan(self.names)
    }

    /// Adds the resources of an instance of a module, and of the modules that it calls.
    pub(super) fn module(&mut self, modules: &[ModuleStep]) -> Result<(), String> {
        let Some(module) = self.sources.module(modules) else { return Ok(()) };
        for block in module.blocks("resource") {
            self.resource(modules, block)?;
        }
        for call in module.blocks("module") {
            let Some(name) = call.node.labels.first().map(|label| label.as_str()) else { continue };
            self.call(modules, name, call)?;
        }
        Ok(())
    }

    fn call(&mut self, modules: &[ModuleStep], name: &str, call: Located<'s, Block>) -> Result<(), String> {
        let scope = self.scope(modules);
        let inner = |key: Option<InstanceKey>| [modules, &[ModuleStep { name: name.to_owned(), key }]].concat();
        if self.sources.module(&inner(None)).is_none() {
            self.note(&UnknownReason::new(&format!("module.{name}")), call.file, call.node.span());
            return Ok(());
        }
        match instances::of(call, &scope, self.room()) {
            Instances::One => self.module(&inner(None)),
            Instances::Keys(keys) => keys.into_iter().try_for_each(|key| self.module(&inner(Some(key)))),
            Instances::TooMany => Err(too_many(call)),
            Instances::Unknown(reason) => {
                self.note(&reason, call.file, repetition(call.node));
                // What one instance contains is known; how many there are is not.
                let before = self.changes.len();
                self.module(&inner(None))?;
                let of_unknown = self.changes.split_off(before);
                self.deferred.extend(of_unknown.into_iter().map(deferred));
                Ok(())
            }
        }
    }

    fn resource(&mut self, modules: &[ModuleStep], block: Located<'s, Block>) -> Result<(), String> {
        let mut labels = block.node.labels.iter().map(|label| label.as_str());
        let (Some(kind), Some(name)) = (labels.next(), labels.next()) else { return Ok(()) };
        let scope = self.scope(modules);
        match instances::of(block, &scope, self.room()) {
            Instances::One => {
                let change = self.change(modules, block, (kind, name), &scope, None);
                self.changes.push(change);
            }
            Instances::Keys(keys) => {
                for key in keys {
                    let change = self.change(modules, block, (kind, name), &scope, Some(key));
                    self.changes.push(change);
                }
            }
            Instances::TooMany => return Err(too_many(block)),
            Instances::Unknown(reason) => {
                self.note(&reason, block.file, repetition(block.node));
                let mut change = self.change(modules, block, (kind, name), &scope, None);
                change["address"] = json!(format!("{}[*]", change["address"].as_str().unwrap_or_default()));
                self.deferred.push(deferred(change));
            }
        }
        Ok(())
    }

    /// The instances that may still be added.
    fn room(&self) -> usize {
        GATE_INSTANCES.size().saturating_sub(self.changes.len() + self.deferred.len())
    }

    fn change(
        &mut self,
        modules: &[ModuleStep],
        block: Located<'s, Block>,
        (kind, name): (&str, &str),
        scope: &ModuleScope<'s>,
        key: Option<InstanceKey>,
    ) -> Json {
        let for_each = block.attribute("for_each").map(|e| e.node);
        let scope = scope.at(key.clone(), for_each);
        let mut notes: Vec<(UnknownReason, Option<std::ops::Range<usize>>)> = Vec::new();
        let made = block::arguments(&block.node.body, &scope, &mut |reason, expression: &Expression| {
            notes.push((reason.clone(), expression.span()));
        });
        for (reason, span) in notes {
            self.note(&reason, block.file, span);
        }
        let module: String = modules
            .iter()
            .map(|m| format!("module.{}{}.", m.name, m.key.as_ref().map(ToString::to_string).unwrap_or_default()))
            .collect();
        let shown = key.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut out = json!({
            "address": format!("{module}{kind}.{name}{shown}"),
            "mode": "managed",
            "type": kind,
            "name": name,
            "provider_name": full_name(self.sources, modules, block, kind),
            "change": created(made),
        });
        if !module.is_empty() {
            out["module_address"] = json!(module.trim_end_matches('.'));
        }
        match key {
            None => {}
            Some(InstanceKey::Index(index)) => out["index"] = json!(index),
            Some(InstanceKey::Text(key)) => out["index"] = json!(key),
        }
        out
    }

    /// Adds a value that only a plan knows. What no plan knows either, a value that the provider computes, is not listed.
    fn note(&mut self, reason: &UnknownReason, file: &SourceFile, span: Option<std::ops::Range<usize>>) {
        let name = reason.as_str();
        let first = name.split(['.', '[']).next().unwrap_or_default();
        let of_input =
            ["data", "local", "module", "path", "var"].contains(&first) || name.contains(' ') || !name.contains('.');
        if !of_input {
            return;
        }
        let place = span.map(|span| file.place(span));
        let new = UnknownInput { name: name.to_owned(), place: None, uses: 0 };
        let input = self.unknown.entry(name.to_owned()).or_insert(new);
        input.uses += 1;
        input.place = input.place.take().or(place);
    }
}

/// The place of the argument that repeats a block.
fn repetition(block: &Block) -> Option<std::ops::Range<usize>> {
    block.body.get_attribute("for_each").or_else(|| block.body.get_attribute("count")).and_then(Span::span)
}

/// A change that creates a resource.
fn created(made: Marked) -> Json {
    json!({
        "actions": ["create"],
        "before": null,
        "after": made.after,
        "after_unknown": made.unknown,
        "before_sensitive": false,
        "after_sensitive": made.sensitive,
    })
}

/// A change of a resource whose number of instances is unknown.
fn deferred(change: Json) -> Json {
    json!({ "reason": "instance_count_unknown", "resource_change": change })
}

fn too_many(block: Located<'_, Block>) -> String {
    format!("{}: the configuration would create more than {GATE_INSTANCES}", block.head())
}
