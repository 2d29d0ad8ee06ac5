//! Attributes of a plan: merges values with the marks for unknown and sensitive parts.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use serde_json::value::RawValue;
use tollgate_expression::{Object, UnknownReason, Value};

/// The reason of unknown values that cannot be parsed: they nest deeper than 128 levels, or contain a number out of range.
pub const UNREADABLE: &str = "values that cannot be read";

/// Merges a value with its unknown and sensitive parts. A value that does not parse is unknown because of [`UNREADABLE`]; of an
/// object, the attributes that do not parse.
pub fn value(value: Option<&RawValue>, unknown: Option<&RawValue>, sensitive: Option<&RawValue>) -> Value {
    let parse = |raw: Option<&RawValue>| raw.map_or(Ok(Json::Null), |raw| serde_json::from_str::<Json>(raw.get()));
    if let (Ok(value), Ok(unknown), Ok(sensitive)) = (parse(value), parse(unknown), parse(sensitive)) {
        return overlay(value, &unknown, &sensitive, "");
    }
    let parts = [value, unknown, sensitive].map(by_attribute);
    let [Some((value, bad)), Some((unknown, bad_unknown)), Some((sensitive, bad_sensitive))] = parts else {
        return Value::Unknown(UnknownReason::new(UNREADABLE));
    };
    let mut out = overlay(value, &unknown, &sensitive, "");
    if let Value::Object(object) = &mut out {
        for name in bad.into_iter().chain(bad_unknown) {
            let hidden = sensitive.get(&name) == Some(&Json::Bool(true));
            object.entries.insert(name, Value::Unknown(UnknownReason::new(UNREADABLE)).marked(hidden));
        }
        for name in bad_sensitive {
            if let Some(value) = object.entries.remove(&name) {
                object.entries.insert(name, value.marked(true));
            }
        }
    }
    out
}

/// Parses an object attribute by attribute. Returns it with the names that do not parse; `None` when it is not an object.
fn by_attribute(raw: Option<&RawValue>) -> Option<(Json, Vec<String>)> {
    let Some(raw) = raw else { return Some((Json::Null, Vec::new())) };
    if let Ok(whole) = serde_json::from_str(raw.get()) {
        return Some((whole, Vec::new()));
    }
    let parts: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).ok()?;
    let (mut map, mut bad) = (serde_json::Map::new(), Vec::new());
    for (name, part) in parts {
        match serde_json::from_str(part.get()) {
            Ok(value) => {
                map.insert(name, value);
            }
            Err(_) => bad.push(name),
        }
    }
    Some((Json::Object(map), bad))
}

/// Converts a value that is known and not sensitive.
pub(crate) fn plain(json: Json) -> Value {
    overlay(json, &Json::Null, &Json::Null, "")
}

fn overlay(value: Json, unknown: &Json, sensitive: &Json, path: &str) -> Value {
    if *unknown == Json::Bool(true) {
        return Value::Unknown(UnknownReason::new(path)).marked(*sensitive == Json::Bool(true));
    }
    let hidden = *sensitive == Json::Bool(true);
    let step = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let none = Json::Null;
    let out = match value {
        Json::Array(items) => {
            let at = |of: &Json, index: usize| of.get(index).cloned().unwrap_or(Json::Null);
            let mut list: Vec<Value> = items
                .into_iter()
                .enumerate()
                .map(|(i, item)| overlay(item, &at(unknown, i), &at(sensitive, i), &format!("{path}[{i}]")))
                .collect();
            // Blocks that exist after the change, with unknown attributes.
            let more = unknown.as_array().map_or(&[][..], |u| u.get(list.len()..).unwrap_or_default());
            for (i, unknown) in more.iter().enumerate() {
                let i = list.len() + i;
                list.push(overlay(Json::Null, unknown, &at(sensitive, i), &format!("{path}[{i}]")));
            }
            Value::List(list)
        }
        Json::Object(map) => {
            let mut entries: BTreeMap<String, Value> = map
                .into_iter()
                .map(|(key, value)| {
                    let (u, s) = (unknown.get(&key).unwrap_or(&none), sensitive.get(&key).unwrap_or(&none));
                    let made = overlay(value, u, s, &step(&key));
                    (key, made)
                })
                .collect();
            for (key, unknown) in unknown.as_object().into_iter().flatten() {
                if !entries.contains_key(key) && any(unknown) {
                    let s = sensitive.get(key).unwrap_or(&none);
                    entries.insert(key.clone(), overlay(Json::Null, unknown, s, &step(key)));
                }
            }
            Value::Object(Object { entries, open: None })
        }
        Json::Null if unknown.is_object() && any(unknown) => {
            return overlay(Json::Object(serde_json::Map::new()), unknown, sensitive, path);
        }
        Json::Null if unknown.is_array() && any(unknown) => {
            return overlay(Json::Array(Vec::new()), unknown, sensitive, path);
        }
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(flag),
        Json::Number(number) => number
            .as_i64()
            .map(hcl::Number::from)
            .or_else(|| number.as_u64().map(hcl::Number::from))
            .or_else(|| number.as_f64().and_then(hcl::Number::from_f64))
            .map_or(Value::Null, Value::Number),
        Json::String(text) => Value::Text(text),
    };
    out.marked(hidden)
}

/// Returns whether any part of a mark is set.
fn any(mark: &Json) -> bool {
    match mark {
        Json::Bool(flag) => *flag,
        Json::Array(items) => items.iter().any(any),
        Json::Object(map) => map.values().any(any),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid(value_text: &str, unknown: &str, sensitive: &str) -> String {
        let raw = |text: &str| serde_json::from_str::<Box<RawValue>>(text).unwrap();
        value(Some(&raw(value_text)), Some(&raw(unknown)), Some(&raw(sensitive))).shown()
    }

    #[test]
    fn unknown_and_sensitive_hold_at_any_depth() {
        assert_eq!(laid(r#"{"a":"x"}"#, r#"{"tags":true}"#, "{}"), "{a = x, tags = (known after apply)}");
        assert_eq!(
            laid(r#"{"a":[{"b":"x"}]}"#, r#"{"a":[{"c":true}]}"#, r#"{"a":[{"b":true}]}"#),
            "{a = [{b = (sensitive value), c = (known after apply)}]}"
        );
        assert_eq!(laid("null", r#"{"a":{"b":true}}"#, "false"), "{a = {b = (known after apply)}}");
        assert_eq!(laid(r#"{"a":[]}"#, r#"{"a":[{"x":true}]}"#, "false"), "{a = [{x = (known after apply)}]}");
        assert_eq!(laid(r#"{"a":"x"}"#, "{}", "true"), "(sensitive value)");
        assert_eq!(laid(r#"{"a":null}"#, r#"{"a":true}"#, "{}"), "{a = (known after apply)}");
    }

    #[test]
    fn what_nests_too_deep_is_unknown() {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        assert_eq!(laid(&deep, "{}", "{}"), "(known after apply)");
    }

    #[test]
    fn an_attribute_that_cannot_be_read_hides_no_other() {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        let text = format!(r#"{{"a":"x","body":{deep},"n":1e999999}}"#);
        assert_eq!(laid(&text, "{}", "{}"), "{a = x, body = (known after apply), n = (known after apply)}");
        assert_eq!(laid(r#"{"a":"x","b":"y"}"#, "{}", &format!(r#"{{"b":{deep}}}"#)), "{a = x, b = (sensitive value)}");
    }
}
