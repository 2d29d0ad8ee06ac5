//! A layer of tags: one source that sets them.

use std::collections::BTreeMap;

use hcl_edit::expr::Expression;
use tollgate_expression::{Object, UnknownReason, Value};
use tollgate_terraform::{ConfiguredExpression, ConfiguredProvider, Located, ModuleScope, SourceLocation};

use crate::provider::source_block;
use crate::resource::Resource;

/// The source of tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagOrigin {
    /// The resource's own attribute or blocks.
    Resource(&'static str),
    /// `default_tags` or `default_labels` of a provider's configuration, by its key.
    Provider(String),
    /// `TF_AWS_DEFAULT_TAGS_*`.
    Environment,
    /// Tags that the provider adds, by the plan.
    Plan(&'static str),
    /// A resource that puts a tag on another, by its address.
    Attached(String),
}

impl TagOrigin {
    /// Returns the text for people.
    pub fn shown(&self) -> String {
        match self {
            Self::Resource(attribute) => format!("`{attribute}` of the resource"),
            Self::Provider(key) => format!("defaults of provider `{key}`"),
            Self::Environment => "TF_AWS_DEFAULT_TAGS_* of the environment".to_owned(),
            Self::Plan(attribute) => format!("`{attribute}` of the plan"),
            Self::Attached(address) => format!("`{address}`"),
        }
    }
}

/// The tags of one source.
#[derive(Clone, Debug)]
pub struct TagLayer {
    /// The source.
    pub origin: TagOrigin,
    /// The tags.
    pub tags: Object,
    /// The location of the source.
    pub place: Option<SourceLocation>,
    /// Whether the tags come from the sources because the plan does not know them.
    pub recovered: bool,
    /// Whether the whole map is sensitive, its keys too.
    pub hidden: bool,
}

impl TagLayer {
    pub(super) fn of(origin: TagOrigin, tags: Object) -> Self {
        Self { origin, tags, place: None, recovered: false, hidden: false }
    }
}

/// The tags of a resource's own attribute.
pub(super) fn own(resource: &Resource<'_>, name: &'static str) -> TagLayer {
    let expression = || resource.block.and_then(|block| block.attribute(name));
    let configured = || resource.expressions().get(name).cloned();
    let value = resource.after.member(name);
    let layer = map(resource, TagOrigin::Resource(name), &value, &expression, &configured);
    TagLayer { place: resource.block.and_then(|block| block.attribute_place(name)), ..layer }
}

/// Reads a map of tags from the plan, or from the sources or the configuration where the plan does not know it.
pub(super) fn map<'p>(
    resource: &Resource<'p>,
    origin: TagOrigin,
    value: &Value,
    expression: &dyn Fn() -> Option<Located<'p, Expression>>,
    configured: &dyn Fn() -> Option<ConfiguredExpression>,
) -> TagLayer {
    let (known, mut hidden) = value.expose();
    let mut recovered = false;
    let mut tags = match known {
        Value::Object(object) => {
            let mut object = object.clone();
            if object.entries.values().any(|v| v.unknown().is_some()) {
                blame(resource, &mut object, expression, configured);
            }
            object
        }
        Value::Unknown(_) => match (evaluated(resource, expression), configured()) {
            (Some(value), _) => {
                let (found, sensitive) = value.expose();
                hidden |= sensitive;
                match found {
                    Value::Object(object) => {
                        recovered = true;
                        object.clone()
                    }
                    Value::Unknown(blame) => open(blame.clone()),
                    _ => open(UnknownReason::new("an expression")),
                }
            }
            (None, Some(ConfiguredExpression::References(names))) => open(UnknownReason::new(&named(&names))),
            (None, Some(ConfiguredExpression::Constant(Value::Object(object)))) => object,
            // The provider fills it in from what else is set.
            (None, None) if resource.configured.is_some() => Object::default(),
            _ => open(UnknownReason::new("an attribute that the plan does not know")),
        },
        _ => Object::default(),
    };
    if hidden {
        tags.entries.values_mut().for_each(|v| *v = v.clone().marked(true));
    }
    TagLayer { recovered, hidden, ..TagLayer::of(origin, tags) }
}

/// Reads a map of default tags from an attribute of a provider configuration.
pub(super) fn of_provider(
    resource: &Resource<'_>,
    key: &str,
    provider: &ConfiguredProvider,
    name: &str,
) -> Option<TagLayer> {
    let expression = provider.expressions.get(name)?;
    let value = crate::provider::attribute(resource.context, provider, name);
    let origin = TagOrigin::Provider(key.to_owned());
    let layer = map(resource, origin, &value, &|| None, &|| Some(expression.clone()));
    Some(TagLayer { place: source_block(resource.context, provider).and_then(|b| b.attribute_place(name)), ..layer })
}

fn open(blame: UnknownReason) -> Object {
    Object { entries: BTreeMap::new(), open: Some(blame) }
}

fn evaluated<'p>(resource: &Resource<'p>, expression: &dyn Fn() -> Option<Located<'p, Expression>>) -> Option<Value> {
    let (sources, address, expression) = (resource.context.sources?, resource.address.as_ref()?, expression()?);
    Some(ModuleScope::of_resource(sources, &resource.context.plan.variables, address).evaluate(expression.node))
}

/// Sets the reason of unknown values: what the sources name, or the references of the configuration.
fn blame<'p>(
    resource: &Resource<'p>,
    object: &mut Object,
    expression: &dyn Fn() -> Option<Located<'p, Expression>>,
    configured: &dyn Fn() -> Option<ConfiguredExpression>,
) {
    let of_source = evaluated(resource, expression);
    let of_configuration = match configured() {
        Some(ConfiguredExpression::References(names)) => Some(UnknownReason::new(&named(&names))),
        _ => None,
    };
    for (key, value) in &mut object.entries {
        let Value::Unknown(unknown) = value else { continue };
        let found = of_source.as_ref().and_then(|s| s.member(key).unknown().cloned());
        if let Some(better) = found.or_else(|| of_configuration.clone()) {
            *unknown = better;
        }
    }
}

/// Names references: the resource among them, which is most likely the unknown one, or all of them.
fn named(references: &[String]) -> String {
    let is_name = |r: &&String| !["var.", "local.", "each.", "count."].iter().any(|prefix| r.starts_with(prefix));
    if let Some(resource) = references.iter().find(is_name) {
        return resource.clone();
    }
    // A reference is followed by what it is a part of.
    let part = |r: &String, of: &String| r != of && of.starts_with(&format!("{r}."));
    let mut whole: Vec<&str> = Vec::new();
    for reference in references {
        if !references.iter().any(|other| part(reference, other)) && !whole.contains(&reference.as_str()) {
            whole.push(reference);
        }
    }
    match whole.split_last() {
        None => "an expression".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{}` or `{last}", others.join("`, `")),
    }
}
