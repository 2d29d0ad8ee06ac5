//! A value as a plan writes it: what is known, and beside it what is unknown and what is sensitive.

use serde_json::{Map, Value as Json, json};
use tollgate_expression::Value;

use crate::functions::json as known_json;

/// A value with its marks.
#[derive(Clone, Debug)]
pub(super) struct Marked {
    /// The known parts; `None` when no part is known.
    pub(super) after: Option<Json>,
    /// `true`, or the parts that are unknown.
    pub(super) unknown: Json,
    /// `true`, or the parts that are sensitive.
    pub(super) sensitive: Json,
}

impl Marked {
    fn known(after: Json) -> Self {
        Self { after: Some(after), unknown: Json::Bool(false), sensitive: Json::Bool(false) }
    }

    pub(super) fn unknown() -> Self {
        Self { after: None, unknown: Json::Bool(true), sensitive: Json::Bool(false) }
    }

    /// Items in order.
    pub(super) fn list(items: Vec<Self>) -> Self {
        let plain = !items.iter().any(Self::has_marks);
        let mut out = (Vec::new(), Vec::new(), Vec::new());
        for item in items {
            out.0.push(item.after.unwrap_or(Json::Null));
            out.1.push(item.unknown);
            out.2.push(item.sensitive);
        }
        if plain {
            return Self::known(Json::Array(out.0));
        }
        Self { after: Some(Json::Array(out.0)), unknown: Json::Array(out.1), sensitive: Json::Array(out.2) }
    }

    /// Values by name.
    pub(super) fn object(entries: impl IntoIterator<Item = (String, Self)>) -> Self {
        let mut out = (Map::new(), Map::new(), Map::new());
        for (name, value) in entries {
            if value.unknown != Json::Bool(false) {
                out.1.insert(name.clone(), value.unknown);
            }
            if value.sensitive != Json::Bool(false) {
                out.2.insert(name.clone(), value.sensitive);
            }
            if let Some(after) = value.after {
                out.0.insert(name, after);
            }
        }
        let mark = |marks: Map<String, Json>| if marks.is_empty() { json!(false) } else { Json::Object(marks) };
        Self { after: Some(Json::Object(out.0)), unknown: mark(out.1), sensitive: mark(out.2) }
    }

    fn has_marks(&self) -> bool {
        self.unknown != Json::Bool(false) || self.sensitive != Json::Bool(false)
    }
}

/// Writes a value. An object with unknown keys is unknown as a whole.
pub(super) fn of(value: &Value) -> Marked {
    match value {
        Value::Unknown(_) => Marked::unknown(),
        Value::Sensitive(inner) => Marked { sensitive: Json::Bool(true), ..of(inner) },
        Value::List(items) => Marked::list(items.iter().map(of).collect()),
        Value::Object(object) if object.open.is_some() => Marked::unknown(),
        Value::Object(object) => {
            Marked::object(object.entries.iter().map(|(key, value)| (key.clone(), of(value))).collect::<Vec<_>>())
        }
        scalar => Marked::known(known_json(scalar)),
    }
}
