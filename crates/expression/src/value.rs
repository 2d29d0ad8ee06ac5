//! Values of which some, or some parts, are not known yet or must not be shown.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use hcl::Number;

/// What is written in the place of a sensitive value.
pub const SENSITIVE: &str = "(sensitive value)";

/// What makes a value unknown, as its author would name it: `var.tags`, `aws_vpc.main.id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blame(Arc<str>);

impl Blame {
    /// From a name.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
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
    /// A value that must not be shown.
    Sensitive(Box<Value>),
    /// Not known yet.
    Unknown(Blame),
}

/// Values by name, of which not all may be known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    /// Those known to be there.
    pub entries: BTreeMap<String, Value>,
    /// Whether others may be there, and because of what.
    pub open: Option<Blame>,
}

impl Object {
    /// What is known of a key: nothing is null when no others may be there.
    pub fn get(&self, key: &str) -> Value {
        match (self.entries.get(key), &self.open) {
            (Some(value), _) => value.clone(),
            (None, Some(blame)) => Value::Unknown(blame.clone()),
            (None, None) => Value::Null,
        }
    }

    /// Lays another over this one, as `merge` does.
    pub fn merge(&mut self, over: Object) {
        if let Some(blame) = over.open {
            // Whatever is there may be overridden by what isn't known.
            for value in self.entries.values_mut() {
                *value = Value::Unknown(blame.clone());
            }
            self.open = Some(blame);
        }
        self.entries.extend(over.entries);
    }
}

impl Value {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The number that a text of digits is.
    pub fn number(text: &str) -> Option<Self> {
        crate::functions::parse_number(text).map(Self::Number)
    }

    /// Without the mark that it is sensitive, and whether it had it.
    pub fn expose(&self) -> (&Self, bool) {
        match self {
            Self::Sensitive(inner) => (inner.expose().0, true),
            other => (other, false),
        }
    }

    /// The text that it is, sensitive or not.
    pub fn as_text(&self) -> Option<&str> {
        match self.expose().0 {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The object that it is, sensitive or not.
    pub fn as_object(&self) -> Option<&Object> {
        match self.expose().0 {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The items that it has, sensitive or not.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self.expose().0 {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// Whether nothing is there.
    pub fn is_null(&self) -> bool {
        matches!(self.expose().0, Self::Null)
    }

    /// What a member is, as far as it is known: null when this has no members.
    pub fn member(&self, key: &str) -> Value {
        let (value, sensitive) = self.expose();
        let found = match value {
            Self::Object(object) => object.get(key),
            Self::Unknown(blame) => Self::Unknown(Blame::new(&format!("{blame}.{key}"))),
            _ => Self::Null,
        };
        found.marked(sensitive)
    }

    /// What an item is, as far as it is known: null when there is none.
    pub fn item(&self, index: usize) -> Value {
        let (value, sensitive) = self.expose();
        let found = match value {
            Self::List(items) => items.get(index).cloned().unwrap_or(Self::Null),
            Self::Unknown(_) => value.clone(),
            _ => Self::Null,
        };
        found.marked(sensitive)
    }

    /// The same, marked as sensitive when `sensitive`.
    #[must_use]
    pub fn marked(self, sensitive: bool) -> Self {
        if sensitive && !matches!(self, Self::Sensitive(_) | Self::Null) {
            Self::Sensitive(Box::new(self))
        } else {
            self
        }
    }

    /// The first thing in it that isn't known.
    pub fn unknown(&self) -> Option<&Blame> {
        match self {
            Self::Unknown(blame) => Some(blame),
            Self::Sensitive(inner) => inner.unknown(),
            Self::List(items) => items.iter().find_map(Self::unknown),
            Self::Object(object) => object.entries.values().find_map(Self::unknown).or(object.open.as_ref()),
            _ => None,
        }
    }

    /// Whether anything in it must not be shown.
    pub fn is_sensitive(&self) -> bool {
        match self {
            Self::Sensitive(_) => true,
            Self::List(items) => items.iter().any(Self::is_sensitive),
            Self::Object(object) => object.entries.values().any(Self::is_sensitive),
            _ => false,
        }
    }

    /// As hcl-rs has it; what isn't known is null there, so ask `unknown` first.
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

    /// As people read it: sensitive parts masked, unknown ones named.
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
