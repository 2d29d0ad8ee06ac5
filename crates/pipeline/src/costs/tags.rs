//! Tags of charges, which are one JSON object in a column.

/// The value of a tag as text; unknown where the tags lack it or it is empty.
pub(super) fn tag_value(json: &str, key: &str) -> Option<String> {
    let tags: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).ok()?;
    match tags.get(key)? {
        serde_json::Value::String(text) if text.is_empty() => None,
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Null => None,
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_text_and_an_empty_one_is_none() {
        let value = |json: &str| tag_value(json, "owner");
        assert_eq!(value(r#"{"owner":"ann","cores":4}"#).as_deref(), Some("ann"));
        assert_eq!(value(r#"{"owner":true}"#).as_deref(), Some("true"));
        for none in [r#"{"owner":""}"#, r#"{"owner":null}"#, r#"{"Owner":"ann"}"#, "{}", "no json", "[]"] {
            assert_eq!(value(none), None, "{none}");
        }
    }
}
