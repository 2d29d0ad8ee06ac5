//! What an estimator sees of a resource: its attributes, of which some may not be known, and those that it refers to.

use std::borrow::Cow;
use std::ops::Deref;

use tollgate_expression::{Blame, Value};
use tollgate_model::Quantity;

use crate::number::whole;

/// Why a figure cannot be told, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold(pub String);

/// Something, or why it cannot be told.
pub(crate) type Told<T> = Result<T, Untold>;

/// What an attribute is: nothing when it isn't set, and perhaps not known.
#[derive(Clone, Debug)]
pub struct Field<T> {
    name: String,
    is: Told<Option<T>>,
}

impl<T> Field<T> {
    /// What it is, or what holds when it isn't set. Not known stays not known.
    pub fn or(self, usual: T) -> Told<T> {
        self.is.map(|set| set.unwrap_or(usual))
    }

    /// What it is, or what holds when it isn't set or not known: for attributes that the provider fills in when nobody does.
    pub fn usually(self, usual: T) -> T {
        self.is.ok().flatten().unwrap_or(usual)
    }

    /// What it is, where it is set.
    pub fn told(self) -> Told<Option<T>> {
        self.is
    }

    /// What it is; an attribute that the resource cannot do without.
    pub fn needed(self) -> Told<T> {
        let Self { name, is } = self;
        is?.ok_or_else(|| Untold(format!("`{name}` is not set")))
    }
}

/// Attributes: of a resource, or of a block in it.
#[derive(Clone, Debug)]
pub struct Block(Value);

impl Block {
    /// Of a value.
    pub fn new(value: Value) -> Self {
        Self(value)
    }

    fn at(&self, path: &str) -> Cow<'_, Value> {
        path.split('.').fold(Cow::Borrowed(&self.0), |value, step| match value {
            // What is known is looked at where it is: a resource is large.
            Cow::Borrowed(value) => inside(value, step),
            Cow::Owned(value) => Cow::Owned(inside(&value, step).into_owned()),
        })
    }

    fn field<T>(&self, path: &str, read: impl Fn(&Value) -> Option<T>) -> Field<T> {
        let value = self.at(path);
        let is = match value.expose().0 {
            Value::Null => Ok(None),
            // A figure that must not be shown must not be told by its price either.
            _ if value.is_sensitive() => Err(Untold(format!("`{path}` is sensitive"))),
            Value::Unknown(blame) => Err(untold(path, blame)),
            other => match read(other) {
                Some(read) => Ok(Some(read)),
                None => Err(Untold(format!("`{path}` is of a form that is not understood"))),
            },
        };
        Field { name: path.to_owned(), is }
    }

    /// A text. Numbers count as theirs.
    pub fn text(&self, path: &str) -> Field<String> {
        self.field(path, |value| match value {
            Value::Text(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    }

    /// A number of zero or more. Texts of digits count as theirs.
    pub fn number(&self, path: &str) -> Field<Quantity> {
        let read = |value: &Value| match value {
            Value::Number(number) => number.to_string().parse().ok(),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        self.field(path, move |value| read(value).filter(|q| *q >= Quantity::ZERO))
    }

    /// Yes or no.
    pub fn flag(&self, path: &str) -> Field<bool> {
        self.field(path, |value| match value {
            Value::Bool(flag) => Some(*flag),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        })
    }

    /// How many items a list has; none when it isn't set.
    pub fn count(&self, path: &str) -> Told<i64> {
        Ok(i64::try_from(self.items(path)?.len()).unwrap_or(i64::MAX))
    }

    /// The blocks of a name, or the items of a list.
    pub fn items(&self, path: &str) -> Told<Vec<Self>> {
        let value = self.at(path);
        match value.expose().0 {
            Value::Null => Ok(Vec::new()),
            Value::Unknown(blame) => Err(untold(path, blame)),
            Value::List(items) => Ok(items.iter().cloned().map(Self).collect()),
            Value::Object(_) => Ok(vec![Self(value.into_owned())]),
            _ => Err(Untold(format!("`{path}` is of a form that is not understood"))),
        }
    }

    /// The same, none of them where that isn't known: blocks that the provider fills in when nobody writes them.
    pub fn written(&self, path: &str) -> Vec<Self> {
        self.items(path).unwrap_or_default()
    }

    /// Whether something is set, known or not.
    pub fn has(&self, path: &str) -> bool {
        !self.at(path).is_null()
    }

    /// The text that it is itself: an item of a list.
    pub fn as_text(&self) -> Option<&str> {
        self.0.as_text()
    }
}

/// What a step of a path leads to.
fn inside<'v>(value: &'v Value, step: &str) -> Cow<'v, Value> {
    match value {
        Value::Object(object) => match object.entries.get(step) {
            Some(found) => Cow::Borrowed(found),
            None => Cow::Owned(object.get(step)),
        },
        Value::List(items) => match (step.parse::<usize>(), items.as_slice()) {
            (Ok(index), _) => items.get(index).map_or(Cow::Owned(Value::Null), Cow::Borrowed),
            // A block that stands at most once is a list of one.
            (Err(_), [only]) => inside(only, step),
            _ => Cow::Owned(Value::Null),
        },
        other => Cow::Owned(match step.parse::<usize>() {
            Ok(index) => other.item(index),
            Err(_) => other.member(step),
        }),
    }
}

fn untold(path: &str, blame: &Blame) -> Untold {
    let last = path.rsplit('.').find(|part| part.parse::<usize>().is_err()).unwrap_or(path);
    match blame.as_str() {
        "" => Untold(format!("`{last}` is known after apply")),
        name => Untold(format!("`{last}` is known after apply ({name})")),
    }
}

/// The other resources of a plan.
pub trait Related {
    /// The attributes of the planned resource of a type that an attribute refers to, by how it is written or by its id.
    fn referred(&self, attribute: &str, kind: &str) -> Option<Value>;
}

/// No others.
#[derive(Clone, Copy, Debug)]
pub struct Alone;

impl Related for Alone {
    fn referred(&self, _: &str, _: &str) -> Option<Value> {
        None
    }
}

/// Attributes as JSON has them. A number with a fraction is read as far as a quantity keeps it.
pub fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Bool(*flag),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Value::Number(whole.into()),
            (None, Some(whole)) => Value::Number(whole.into()),
            (None, None) => Value::text(number.to_string()),
        },
        serde_json::Value::String(text) => Value::text(text),
        serde_json::Value::Array(items) => Value::List(items.iter().map(from_json).collect()),
        serde_json::Value::Object(map) => Value::Object(tollgate_expression::Object {
            entries: map.iter().map(|(key, value)| (key.clone(), from_json(value))).collect(),
            open: None,
        }),
    }
}

/// A resource that is estimated.
pub struct Resource<'r> {
    /// `aws_instance`.
    pub kind: &'r str,
    attributes: Block,
    related: &'r dyn Related,
}

impl<'r> Resource<'r> {
    /// Of its attributes.
    pub fn new(kind: &'r str, values: Value, related: &'r dyn Related) -> Self {
        Self { kind, attributes: Block(values), related }
    }

    /// The attributes of the planned resource that an attribute refers to.
    pub fn referred(&self, attribute: &str, kind: &str) -> Option<Block> {
        self.related.referred(attribute, kind).map(Block)
    }
}

impl Deref for Resource<'_> {
    type Target = Block;
    fn deref(&self) -> &Block {
        &self.attributes
    }
}

/// One.
pub(crate) fn one() -> Quantity {
    whole(1)
}
