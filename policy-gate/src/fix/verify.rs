//! Verifies a fix: the changed file must parse, and the tag must satisfy the policy by the sources alone.

use tollgate_expression::{Object, Value};
use tollgate_terraform::{ModuleScope, Sources};

use super::FixCandidate;
use crate::finding::Fix;
use crate::provider::{ProviderConfiguration, configured};
use crate::tags::{TagOrigin, TagSyntax};

/// Whether a fix resolves the finding of a candidate.
pub(super) fn is_fixed_by(fix: &Fix, case: &FixCandidate<'_>) -> bool {
    let tried = || -> Option<bool> {
        let sources = case.resource.context.sources?;
        let text = &sources.files().into_iter().find(|f| f.path == fix.file)?.text;
        let changed = sources.with(&fix.file, fix.apply(text))?;
        is_right(&changed, case)
    };
    tried().unwrap_or(false)
}

/// Whether the current sources already satisfy the policy.
pub(super) fn is_fixed(case: &FixCandidate<'_>) -> bool {
    case.resource.context.sources.and_then(|sources| is_right(sources, case)).unwrap_or(false)
}

fn is_right(sources: &Sources, case: &FixCandidate<'_>) -> Option<bool> {
    let tags = by_sources(sources, case)?;
    Some(!case.policy.judge(&tags, case.effective.ignores_case).iter().any(|f| f.key == case.key))
}

/// Returns the tags of a resource by changed sources, over tags that do not come from sources.
fn by_sources(sources: &Sources, case: &FixCandidate<'_>) -> Option<Object> {
    let address = case.resource.address.as_ref()?;
    let mut tags = Object::default();
    for layer in case.effective.layers.iter().filter(|l| l.origin == TagOrigin::Environment) {
        tags.merge(layer.tags.clone());
    }
    if let ProviderConfiguration::Found(_, provider) = configured(&case.resource)
        && provider.module.is_empty()
        && let Some(block) = sources.module(&[])?.provider(&provider.name, provider.alias.as_deref())
    {
        let defaults = block.nested("default_tags").first().and_then(|n| n.block.attribute("tags"));
        if let Some(defaults) = defaults.or_else(|| block.attribute("default_labels")) {
            let scope = ModuleScope::of_module(sources, &case.resource.context.plan.variables, &[]);
            tags.merge(object(scope.evaluate(defaults.node)));
        }
    }
    let block = sources.resource(address)?;
    let scope = ModuleScope::of_resource(sources, &case.resource.context.plan.variables, address);
    match case.effective.written {
        TagSyntax::Map(name) => {
            if let Some(own) = block.attribute(name) {
                tags.merge(object(scope.evaluate(own.node)));
            }
        }
        TagSyntax::MapIn(inner, name) => {
            if let Some(own) = block.nested(inner).first().and_then(|n| n.block.attribute(name)) {
                tags.merge(object(scope.evaluate(own.node)));
            }
        }
        TagSyntax::Blocks(name) => {
            for nested in block.nested(name).iter().filter(|n| n.dynamic.is_none()) {
                let (key, value) = (nested.block.attribute("key")?, nested.block.attribute("value")?);
                if let Some(key) = scope.evaluate(key.node).as_text() {
                    tags.entries.insert(key.to_owned(), scope.evaluate(value.node));
                }
            }
        }
        TagSyntax::Pairs(_) => return None,
    }
    Some(tags)
}

fn object(value: Value) -> Object {
    match value.expose().0 {
        Value::Object(object) => object.clone(),
        Value::Unknown(blame) => Object { open: Some(blame.clone()), ..Object::default() },
        _ => Object::default(),
    }
}
