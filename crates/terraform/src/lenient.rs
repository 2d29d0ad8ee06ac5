//! Reads parts of a plan that a verdict can do without: a part without the documented structure is left out.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Reads one value.
pub(crate) fn one<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

/// Reads text.
pub(crate) fn text(raw: Option<&RawValue>) -> Option<String> {
    one(raw)
}

/// Reads a flag.
pub(crate) fn flag(raw: Option<&RawValue>) -> Option<bool> {
    one(raw)
}

/// Reads the elements of a list that have the structure.
pub(crate) fn list<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> impl Iterator<Item = T> {
    let all: Vec<&'a RawValue> = one(raw).unwrap_or_default();
    all.into_iter().filter_map(|element| serde_json::from_str(element.get()).ok())
}

/// Reads the entries of an object that have the structure.
pub(crate) fn map<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> impl Iterator<Item = (String, T)> {
    let all: BTreeMap<Cow<'a, str>, &'a RawValue> = one(raw).unwrap_or_default();
    all.into_iter().filter_map(|(key, value)| Some((key.into_owned(), serde_json::from_str(value.get()).ok()?)))
}

/// Reads a field that may be left out; for `deserialize_with`.
pub(crate) fn field<'de, D: Deserializer<'de>, T: for<'a> Deserialize<'a>>(from: D) -> Result<Option<T>, D::Error> {
    let raw = Option::<&'de RawValue>::deserialize(from)?;
    Ok(one(raw))
}
