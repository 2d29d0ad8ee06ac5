//! `scope = { team = "platform" }`: the conditions of a budget, a route or a watch.

use std::fmt;
use std::ops::Range;

use hcl_edit::expr::ObjectKey;
use serde::{Serialize, Serializer};
use tollgate_model::series::Facet;

use crate::block::{Block, read_texts};
use crate::diagnostic::suggest;
use crate::document::{Document, span};

/// What a condition compares: a facet that every series has, or a dimension of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// A facet.
    Facet(Facet),
    /// A dimension, by name.
    Dimension(String),
}

/// The facets by their spelling in the file.
pub(crate) const FACETS: [(&str, Facet); 5] = [
    ("provider", Facet::Provider),
    ("billing_account", Facet::BillingAccount),
    ("account", Facet::SubAccount),
    ("service", Facet::Service),
    ("region", Facet::Region),
];

/// Returns the facet of a name, if it is one.
pub(crate) fn facet(name: &str) -> Option<Facet> {
    FACETS.iter().find(|(spelling, _)| *spelling == name).map(|(_, facet)| *facet)
}

impl On {
    /// Returns the spelling of the file.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Facet(facet) => FACETS.iter().find(|(_, f)| f == facet).map_or("", |(spelling, _)| spelling),
            Self::Dimension(name) => name,
        }
    }
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for On {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One condition of a scope: a facet or dimension that has one of some values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScopeCondition {
    /// The facet or dimension.
    pub on: On,
    /// The values that match.
    pub values: Vec<String>,
}

impl ScopeCondition {
    /// Returns whether a value is one of those that match.
    pub fn has_value(&self, value: &str) -> bool {
        self.values.iter().any(|wanted| wanted == value)
    }
}

/// Reads `scope`; no conditions when it is not set.
pub(crate) fn read_scope(
    block: &mut Block<'_>,
    dimensions: &[String],
    document: &mut Document<'_>,
) -> Vec<ScopeCondition> {
    read_conditions("scope", block, dimensions, document)
}

/// The name of a field of an object, and its place.
pub(crate) fn object_key(key: &ObjectKey) -> (String, Range<usize>) {
    match key {
        ObjectKey::Ident(ident) => (ident.as_str().to_owned(), span(ident)),
        ObjectKey::Expression(e) => (e.as_str().unwrap_or_default().to_owned(), span(e)),
    }
}

/// Reads conditions from an attribute; none when it is not set.
pub(crate) fn read_conditions(
    attribute: &'static str,
    block: &mut Block<'_>,
    dimensions: &[String],
    document: &mut Document<'_>,
) -> Vec<ScopeCondition> {
    let expression = block.expression(attribute);
    block.set_default(attribute, "{}".to_owned());
    let Some(expression) = expression else { return Vec::new() };
    let title = &block.title;
    let Some(object) = expression.as_object() else {
        let hint = Some(format!("write {attribute} = {{ team = \"platform\" }}"));
        document.report(span(expression), format!("`{attribute}` of {title} must be an object"), hint);
        return Vec::new();
    };
    let mut out = Vec::new();
    for (key, value) in object {
        let (name, at) = object_key(key);
        let on = match facet(&name) {
            Some(facet) => On::Facet(facet),
            None if dimensions.contains(&name) => On::Dimension(name.clone()),
            None => {
                let known = FACETS.iter().map(|(spelling, _)| *spelling).chain(dimensions.iter().map(String::as_str));
                let message = format!("`{attribute}` of {title} names `{name}`, which is no dimension of this file");
                document.report(at, message, suggest(&name, known));
                continue;
            }
        };
        let value = value.expr();
        let values = read_texts(value).map(|list| list.into_iter().map(|(text, _)| text).collect::<Vec<_>>());
        match values.filter(|v| !v.is_empty()) {
            Some(values) => out.push(ScopeCondition { on, values }),
            None => {
                let message = format!("`{name}` in the {attribute} of {title} must be text or a list of texts");
                document.report(span(value), message, None);
            }
        }
    }
    out
}
