//! Documents: the JSON that the command line and the API print, each with its version.

use serde::Serialize;
use serde_json::{Map, Value};

/// The version of every JSON document of Tollgate. docs/reference/json has the schemas.
pub const JSON_VERSION: u64 = 1;

/// A value as a document: an object with its version first. A list is in `items`, anything else in `value`.
///
/// # Errors
///
/// When the value cannot be written as JSON.
pub fn document(value: &impl Serialize) -> Result<Map<String, Value>, serde_json::Error> {
    let mut out = Map::from_iter([("version".to_owned(), JSON_VERSION.into())]);
    match serde_json::to_value(value)? {
        // A document with a version of its own keeps it.
        Value::Object(fields) => out.extend(fields),
        Value::Array(items) => out.extend([("items".to_owned(), items.into())]),
        other => out.extend([("value".to_owned(), other)]),
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_has_its_version_first() {
        let text = |value: Value| serde_json::to_string(&document(&value).unwrap()).unwrap();
        assert_eq!(text(json!({ "name": "a" })), r#"{"version":1,"name":"a"}"#);
        assert_eq!(text(json!([1, 2])), r#"{"version":1,"items":[1,2]}"#);
        assert_eq!(text(json!("a")), r#"{"version":1,"value":"a"}"#);
        assert_eq!(text(json!({ "version": 3 })), r#"{"version":3}"#);
    }
}
