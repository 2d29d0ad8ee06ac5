//! Attributes of a plan: merges values with the marks for unknown and sensitive parts.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use tollgate_expression::{Object, UnknownReason, Value};

/// The reason of unknown values that cannot be parsed: they nest deeper than 128 levels, or contain a number out of range.
pub const UNREADABLE: &str = "values that cannot be read";

/// Merges a value with its unknown and sensitive parts. A value that does not parse is unknown because of [`UNREADABLE`]; of an
/// object, the attributes that do not parse.
pub fn value(value: Option<&RawValue>, unknown: Option<&RawValue>, sensitive: Option<&RawValue>) -> Value {
    let parse = |raw: Option<&RawValue>| raw.map_or(Ok(Json::Null), |raw| serde_json::from_str::<Json>(raw.get()));
    if let (Ok(unknown), Ok(sensitive)) = (parse(unknown), parse(sensitive)) {
        let marks = Marks { unknown: &unknown, sensitive: &sensitive, path: Path::Root };
        let read = match value {
            None => Ok(overlay(Json::Null, &unknown, &sensitive, "")),
            Some(raw) => marks.deserialize(&mut serde_json::Deserializer::from_str(raw.get())),
        };
        if let Ok(value) = read {
            return value;
        }
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

/// A place in a value. It is written out for unknown values only.
#[derive(Clone, Copy)]
enum Path<'p> {
    Root,
    Member(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Self::Root, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// Reads a value with its marks in one pass, without a tree of JSON in between: plans of 50 MB consist of values. It reads what
/// [`overlay`] makes of a tree.
#[derive(Clone, Copy)]
struct Marks<'m> {
    unknown: &'m Json,
    sensitive: &'m Json,
    path: Path<'m>,
}

const NO_MARK: &Json = &Json::Null;

impl Marks<'_> {
    fn is_hidden(self) -> bool {
        *self.sensitive == Json::Bool(true)
    }

    /// The marks of a value that has no value of its own.
    fn without_value(self) -> Value {
        if any(self.unknown) {
            return overlay(Json::Null, self.unknown, self.sensitive, &self.path.to_string());
        }
        Value::Null.marked(self.is_hidden())
    }

    fn number(self, number: Option<hcl::Number>) -> Value {
        number.map_or(Value::Null, Value::Number).marked(self.is_hidden())
    }
}

impl<'de> DeserializeSeed<'de> for Marks<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        if *self.unknown == Json::Bool(true) {
            IgnoredAny::deserialize(from)?;
            return Ok(Value::Unknown(UnknownReason::new(&self.path.to_string())).marked(self.is_hidden()));
        }
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Marks<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        Ok(self.without_value())
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag).marked(self.is_hidden()))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Value, E> {
        Ok(self.number(Some(number.into())))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Value, E> {
        Ok(self.number(Some(number.into())))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        Ok(self.number(hcl::Number::from_f64(number)))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text).marked(self.is_hidden()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        let at = |index: usize| Marks {
            unknown: self.unknown.get(index).unwrap_or(NO_MARK),
            sensitive: self.sensitive.get(index).unwrap_or(NO_MARK),
            path: Path::Item(&self.path, index),
        };
        while let Some(item) = items.next_element_seed(at(list.len()))? {
            list.push(item);
        }
        // Blocks that exist after the change, with unknown attributes.
        let marked = self.unknown.as_array().map_or(0, Vec::len);
        for index in list.len()..marked {
            list.push(at(index).without_value());
        }
        Ok(Value::List(list).marked(self.is_hidden()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut entries: BTreeMap<String, Value> = BTreeMap::new();
        while let Some(name) = members.next_key::<String>()? {
            let marks = Marks {
                unknown: self.unknown.get(&name).unwrap_or(NO_MARK),
                sensitive: self.sensitive.get(&name).unwrap_or(NO_MARK),
                path: Path::Member(&self.path, &name),
            };
            let value = members.next_value_seed(marks)?;
            entries.insert(name, value);
        }
        for (name, unknown) in self.unknown.as_object().into_iter().flatten() {
            if !entries.contains_key(name) && any(unknown) {
                let sensitive = self.sensitive.get(name).unwrap_or(NO_MARK);
                let path = Path::Member(&self.path, name);
                entries.insert(name.clone(), Marks { unknown, sensitive, path }.without_value());
            }
        }
        Ok(Value::Object(Object { entries, open: None }).marked(self.is_hidden()))
    }
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
            for (i, unknown) in (list.len()..).zip(more) {
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

    proptest::proptest! {
        #[test]
        fn one_pass_reads_what_the_trees_give(
            value in json(&["null", "true", "1", "-2.5", "18446744073709551615", "\"x\""]),
            unknown in json(&["true", "false", "null"]),
            sensitive in json(&["true", "false"]),
        ) {
            let raw = |text: &str| serde_json::from_str::<Box<RawValue>>(text).unwrap();
            let tree = |text: &str| serde_json::from_str::<Json>(text).unwrap();
            let read = super::value(Some(&raw(&value)), Some(&raw(&unknown)), Some(&raw(&sensitive)));
            let laid = overlay(tree(&value), &tree(&unknown), &tree(&sensitive), "");
            proptest::prop_assert_eq!(format!("{read:?}"), format!("{laid:?}"));
        }
    }

    /// JSON of few names and these leaves.
    fn json(leaves: &'static [&'static str]) -> impl proptest::strategy::Strategy<Value = String> {
        use proptest::prelude::*;
        let leaf = proptest::sample::select(leaves).prop_map(str::to_owned);
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(","))),
                prop::collection::btree_map("[ab]", inner, 0..3).prop_map(|members| {
                    let members: Vec<String> =
                        members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                    format!("{{{}}}", members.join(","))
                }),
            ]
        })
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
