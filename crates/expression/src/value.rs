//! Values that may be unknown or sensitive, in whole or in part.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use hcl::Number;

/// The text shown in place of a sensitive value.
pub const SENSITIVE: &str = "(sensitive value)";

/// The reference that makes a value unknown: `var.tags`, `aws_vpc.main.id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnknownReason(Arc<str>);

impl UnknownReason {
    /// Creates a reason from a name.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnknownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Null.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(String),
    /// Items in order. Sets are lists here.
    List(Vec<Value>),
    /// Values by name.
    Object(Object),
    /// A sensitive value, which must not be shown.
    Sensitive(Box<Value>),
    /// An unknown value.
    Unknown(UnknownReason),
}

/// Values by name. More entries may exist than are known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    /// The known entries.
    pub entries: BTreeMap<String, Value>,
    /// Why more entries may exist; `None` when they are complete.
    pub open: Option<UnknownReason>,
}

impl Object {
    /// Returns the value of a key: null when it is missing and the entries are complete, otherwise unknown.
    pub fn get(&self, key: &str) -> Value {
        match (self.entries.get(key), &self.open) {
            (Some(value), _) => value.clone(),
            (None, Some(reason)) => Value::Unknown(reason.clone()),
            (None, None) => Value::Null,
        }
    }

    /// Merges another object into this one, as `merge` does.
    pub fn merge(&mut self, over: Object) {
        if let Some(reason) = over.open {
            // An unknown entry may override any known one.
            for value in self.entries.values_mut() {
                *value = Value::Unknown(reason.clone());
            }
            self.open = Some(reason);
        }
        self.entries.extend(over.entries);
    }
}

impl Value {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Parses a number.
    pub fn number(text: &str) -> Option<Self> {
        crate::functions::parse_number(text).map(Self::Number)
    }

    /// Returns the value without its sensitive mark, and whether it had one.
    pub fn expose(&self) -> (&Self, bool) {
        match self {
            Self::Sensitive(inner) => (inner.expose().0, true),
            other => (other, false),
        }
    }

    /// Returns the text, sensitive or not.
    pub fn as_text(&self) -> Option<&str> {
        match self.expose().0 {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the object, sensitive or not.
    pub fn as_object(&self) -> Option<&Object> {
        match self.expose().0 {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Returns the items of a list, sensitive or not.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self.expose().0 {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// Returns whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.expose().0, Self::Null)
    }

    /// Returns a member, as far as it is known: null when this has no members.
    pub fn member(&self, key: &str) -> Value {
        let (value, sensitive) = self.expose();
        let found = match value {
            Self::Object(object) => object.get(key),
            Self::Unknown(reason) => Self::Unknown(UnknownReason::new(&format!("{reason}.{key}"))),
            _ => Self::Null,
        };
        found.marked(sensitive)
    }

    /// Returns an item, as far as it is known: null when there is none.
    pub fn item(&self, index: usize) -> Value {
        let (value, sensitive) = self.expose();
        let found = match value {
            Self::List(items) => items.get(index).cloned().unwrap_or(Self::Null),
            Self::Unknown(_) => value.clone(),
            _ => Self::Null,
        };
        found.marked(sensitive)
    }

    /// Marks the value as sensitive when `sensitive` is set.
    #[must_use]
    pub fn marked(self, sensitive: bool) -> Self {
        if sensitive && !matches!(self, Self::Sensitive(_) | Self::Null) {
            Self::Sensitive(Box::new(self))
        } else {
            self
        }
    }

    /// Returns the reason of the first unknown part.
    pub fn unknown(&self) -> Option<&UnknownReason> {
        match self {
            Self::Unknown(reason) => Some(reason),
            Self::Sensitive(inner) => inner.unknown(),
            Self::List(items) => items.iter().find_map(Self::unknown),
            Self::Object(object) => object.entries.values().find_map(Self::unknown).or(object.open.as_ref()),
            _ => None,
        }
    }

    /// Returns whether any part is sensitive.
    pub fn is_sensitive(&self) -> bool {
        match self {
            Self::Sensitive(_) => true,
            Self::List(items) => items.iter().any(Self::is_sensitive),
            Self::Object(object) => object.entries.values().any(Self::is_sensitive),
            _ => false,
        }
    }

    /// Converts to hcl-rs. Unknown values become null, so call `unknown` first.
    pub fn to_hcl(&self) -> hcl::Value {
        match self {
            Self::Null | Self::Unknown(_) => hcl::Value::Null,
            Self::Bool(flag) => hcl::Value::Bool(*flag),
            Self::Number(number) => hcl::Value::Number(*number),
            Self::Text(text) => hcl::Value::String(text.clone()),
            Self::List(items) => items.iter().map(Self::to_hcl).collect(),
            Self::Object(object) => object.entries.iter().map(|(k, v)| (k.clone(), v.to_hcl())).collect(),
            Self::Sensitive(inner) => inner.to_hcl(),
        }
    }

    /// Returns the value as text, with sensitive parts masked and unknown parts named.
    pub fn shown(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(items) => format!("[{}]", items.iter().map(Self::shown).collect::<Vec<_>>().join(", ")),
            Self::Object(object) => {
                let parts: Vec<String> = object.entries.iter().map(|(k, v)| format!("{k} = {}", v.shown())).collect();
                format!("{{{}}}", parts.join(", "))
            }
            Self::Sensitive(_) => SENSITIVE.to_owned(),
            Self::Unknown(_) => "(known after apply)".to_owned(),
        }
    }
}

impl From<hcl::Value> for Value {
    fn from(value: hcl::Value) -> Self {
        match value {
            hcl::Value::Null => Self::Null,
            hcl::Value::Bool(flag) => Self::Bool(flag),
            hcl::Value::Number(number) => Self::Number(number),
            hcl::Value::String(text) => Self::Text(text),
            hcl::Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            hcl::Value::Object(map) => {
                Self::Object(Object { entries: map.into_iter().map(|(k, v)| (k, Self::from(v))).collect(), open: None })
            }
        }
    }
}
