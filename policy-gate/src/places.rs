//! Locates tags in the sources: where a tag is written, or would be added.

use hcl_edit::Span;
use hcl_edit::expr::{Expression, Object, ObjectKey};
use tollgate_terraform::{Located, SourceLocation};

use crate::resource::Resource;
use crate::tags::{EffectiveTags, TagSyntax};

/// Locates the tags of a resource, or the head of its block.
pub(crate) fn locate_tags(resource: &Resource<'_>, effective: &EffectiveTags) -> Option<SourceLocation> {
    let own = effective.layers.iter().rev().find_map(|layer| match layer.origin {
        crate::tags::TagOrigin::Resource(_) => layer.place.clone(),
        _ => None,
    });
    own.or_else(|| resource.block.map(|block| block.head()))
}

/// Locates a tag key.
pub(crate) fn locate_key(resource: &Resource<'_>, effective: &EffectiveTags, key: &str) -> Option<SourceLocation> {
    if let Some(block) = resource.block {
        let found = match effective.written {
            TagSyntax::Blocks(name) => block
                .nested(name)
                .into_iter()
                .find(|n| n.block.attribute("key").and_then(|e| e.node.as_str()) == Some(key))
                .map(|nested| nested.place()),
            TagSyntax::MapIn(inner, name) => {
                let nested = block.nested(inner);
                let map = nested.first().and_then(|n| n.block.attribute(name));
                map.and_then(|e| entry(e, key))
            }
            other => block.attribute(other.name()).and_then(|e| entry(e, key)),
        };
        if found.is_some() {
            return found;
        }
    }
    effective.origin(key).and_then(|layer| layer.place.clone()).or_else(|| locate_tags(resource, effective))
}

/// Locates an entry of a map, in a literal or in an argument of a call.
fn entry(located: Located<'_, Expression>, key: &str) -> Option<SourceLocation> {
    literals(located.node).into_iter().rev().find_map(|object| {
        let (name, value) = object.iter().find(|(name, _)| key_text(name) == Some(key))?;
        let start = name.span().unwrap_or(value.expr().span()?).start;
        Some(located.file.place(start..value.expr().span()?.end))
    })
}

/// Returns the object literals of an expression, in order: itself, or the arguments of a call.
pub(crate) fn literals(expression: &Expression) -> Vec<&Object> {
    match expression {
        Expression::Object(object) => vec![object],
        Expression::FuncCall(call) => call.args.iter().flat_map(literals).collect(),
        Expression::Parenthesis(inner) => literals(inner.inner()),
        Expression::Conditional(conditional) => {
            let branches = [&conditional.true_expr, &conditional.false_expr];
            branches.into_iter().flat_map(literals).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the text of a key that is a literal.
pub(crate) fn key_text(key: &ObjectKey) -> Option<&str> {
    match key {
        ObjectKey::Ident(name) => Some(name.as_str()),
        ObjectKey::Expression(Expression::Variable(name)) => Some(name.as_str()),
        ObjectKey::Expression(expression) => expression.as_str(),
    }
}
