//! The resources that an attribute refers to: by the configuration in the plan, or by the sources where the plan leaves it out.

use std::collections::BTreeSet;

use hcl_edit::structure::Block;
use tollgate_terraform::{ConfiguredExpression, Located, PlannedReference, references_of};

use crate::resource::Resource;

/// The longest chain of local values.
const DEPTH: usize = 32;

/// Returns the resources that an attribute refers to, through variables, local values and outputs. `path` is `block.attribute`.
pub(crate) fn references(resource: &Resource<'_>, path: &str) -> Vec<PlannedReference> {
    let modules = resource.address.as_ref().map_or(&[][..], |a| &a.modules);
    let mut names = of_configuration(resource, path);
    if names.is_empty() {
        // `show -json` leaves out `dynamic` blocks.
        names = resource.block.map(|block| of_source(&block, path)).unwrap_or_default();
    }
    if names.iter().any(|name| name.starts_with("each.")) {
        names.extend(resource.configured.map(|c| c.for_each()).unwrap_or_default());
    }
    let names = with_locals(resource, names);
    resource.context.plan.follow(modules, &names)
}

fn of_configuration(resource: &Resource<'_>, path: &str) -> Vec<String> {
    let mut at = resource.expressions();
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

fn of_source(block: &Located<'_, Block>, path: &str) -> Vec<String> {
    let Some((name, rest)) = path.split_once('.') else {
        return block.attribute(path).map(|expression| references_of(expression.node)).unwrap_or_default();
    };
    let Some(nested) = block.nested(name).first().copied() else { return Vec::new() };
    let mut out = of_source(&nested.block, rest);
    // The content of a `dynamic` block refers to what it iterates over.
    if let Some(over) = nested.dynamic.and_then(|dynamic| dynamic.attribute("for_each")) {
        out.extend(references_of(over.node));
    }
    out
}

/// Replaces local values by what they refer to, as far as the sources contain them.
fn with_locals(resource: &Resource<'_>, names: Vec<String>) -> Vec<String> {
    let modules = resource.address.as_ref().map_or(&[][..], |a| &a.modules);
    let Some(module) = resource.context.sources.and_then(|sources| sources.module(modules)) else { return names };
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    let mut open = names;
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for name in open {
            let local = name.strip_prefix("local.").map(|rest| rest.split(['.', '[']).next().unwrap_or_default());
            match local {
                None => out.push(name),
                Some(local) if seen.insert(local.to_owned()) => {
                    next.extend(module.local(local).map(|e| references_of(e.node)).unwrap_or_default());
                }
                Some(_) => {}
            }
        }
        if next.is_empty() {
            break;
        }
        open = next;
    }
    out
}
