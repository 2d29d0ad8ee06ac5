//! The input of an estimator: the attributes of a resource, which may be unknown, and the resources that it refers to.

use std::borrow::Cow;

use tollgate_expression::{UnknownReason, Value};
use tollgate_model::Quantity;

/// Why something is unpriced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpriced(pub String);

/// A value, or why it is unpriced.
pub(crate) type Estimated<T> = Result<T, Unpriced>;

/// The value of an attribute, which may be missing or unknown.
#[derive(Clone, Debug)]
pub struct Field<T> {
    name: String,
    value: Estimated<Option<T>>,
}

impl<T> Field<T> {
    /// Returns the value, or a default when it is not set. An unknown value stays unknown.
    pub fn or(self, default: T) -> Estimated<T> {
        self.value.map(|set| set.unwrap_or(default))
    }

    /// Returns the value, or a default when it is not set or unknown: for attributes that the provider computes.
    pub fn known_or(self, default: T) -> T {
        self.value.ok().flatten().unwrap_or(default)
    }

    /// Returns the value, if it is set.
    pub fn optional(self) -> Estimated<Option<T>> {
        self.value
    }

    /// Returns the value of a required attribute.
    pub fn required(self) -> Estimated<T> {
        let Self { name, value } = self;
        value?.ok_or_else(|| Unpriced(format!("`{name}` is not set")))
    }
}

/// The attributes of a resource, or of a block in it.
#[derive(Clone, Debug)]
pub struct Attributes(Value);

impl Attributes {
    /// Creates attributes from a value.
    pub fn new(value: Value) -> Self {
        Self(value)
    }

    fn at(&self, path: &str) -> Cow<'_, Value> {
        path.split('.').fold(Cow::Borrowed(&self.0), |value, step| match value {
            // Known values are borrowed: a resource is large.
            Cow::Borrowed(value) => inside(value, step),
            Cow::Owned(value) => Cow::Owned(inside(&value, step).into_owned()),
        })
    }

    fn field<T>(&self, path: &str, read: impl Fn(&Value) -> Option<T>) -> Field<T> {
        Self::read_field(path, &self.at(path), read)
    }

    /// Reads text of a map. Its keys may contain dots.
    pub fn entry(&self, path: &str, key: &str) -> Field<String> {
        Self::read_field(key, &self.at(path).member(key), |value| value.as_text().map(str::to_owned))
    }

    fn read_field<T>(path: &str, value: &Value, read: impl Fn(&Value) -> Option<T>) -> Field<T> {
        let read = match value.expose().0 {
            Value::Null => Ok(None),
            // The price would reveal a sensitive figure.
            _ if value.is_sensitive() => Err(Unpriced(format!("`{path}` is sensitive"))),
            Value::Unknown(reason) => Err(unknown_attribute(path, reason)),
            other => match read(other) {
                Some(read) => Ok(Some(read)),
                None => Err(Unpriced(format!("`{path}` has an unexpected type"))),
            },
        };
        Field { name: path.to_owned(), value: read }
    }

    /// Reads text; a number is converted to text.
    pub fn text(&self, path: &str) -> Field<String> {
        self.field(path, |value| match value {
            Value::Text(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    }

    /// Reads a number of zero or more; text of digits is converted.
    pub fn number(&self, path: &str) -> Field<Quantity> {
        let read = |value: &Value| match value {
            Value::Number(number) => number.to_string().parse().ok(),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        let mut field = self.field(path, move |value| read(value).filter(|q| *q >= Quantity::ZERO));
        let value = self.at(path);
        if field.value.is_err() && !value.is_sensitive() && matches!(value.expose().0, Value::Number(_)) {
            field.value = Err(Unpriced(format!("`{path}` is out of range")));
        }
        field
    }

    /// Reads a flag.
    pub fn flag(&self, path: &str) -> Field<bool> {
        self.field(path, |value| match value {
            Value::Bool(flag) => Some(*flag),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        })
    }

    /// Returns the number of items of a list; zero when it is not set.
    pub fn count(&self, path: &str) -> Estimated<i64> {
        Ok(i64::try_from(self.items(path)?.len()).unwrap_or(i64::MAX))
    }

    /// Returns the blocks of a name, or the items of a list.
    pub fn items(&self, path: &str) -> Estimated<Vec<Self>> {
        let value = self.at(path);
        match value.expose().0 {
            Value::Null => Ok(Vec::new()),
            Value::Unknown(reason) => Err(unknown_attribute(path, reason)),
            Value::List(items) => Ok(items.iter().cloned().map(Self).collect()),
            Value::Object(_) => Ok(vec![Self(value.into_owned())]),
            _ => Err(Unpriced(format!("`{path}` has an unexpected type"))),
        }
    }

    /// Returns the blocks or items, none when they are unknown: for blocks that the provider computes.
    pub fn known_items(&self, path: &str) -> Vec<Self> {
        self.items(path).unwrap_or_default()
    }

    /// Returns whether an attribute is set, known or not.
    pub fn has(&self, path: &str) -> bool {
        !self.at(path).is_null()
    }

    /// Returns the text of an item of a list.
    pub fn as_text(&self) -> Option<&str> {
        self.0.as_text()
    }
}

/// Follows one step of a path.
fn inside<'v>(value: &'v Value, step: &str) -> Cow<'v, Value> {
    match value {
        Value::Object(object) => match object.entries.get(step) {
            Some(found) => Cow::Borrowed(found),
            None => Cow::Owned(object.get(step)),
        },
        Value::List(items) => match (step.parse::<usize>(), items.as_slice()) {
            (Ok(index), _) => items.get(index).map_or(Cow::Owned(Value::Null), Cow::Borrowed),
            // A block that occurs at most once is a list of one item.
            (Err(_), [only]) => inside(only, step),
            _ => Cow::Owned(Value::Null),
        },
        other => Cow::Owned(match step.parse::<usize>() {
            Ok(index) => other.item(index),
            Err(_) => other.member(step),
        }),
    }
}

fn unknown_attribute(path: &str, reason: &UnknownReason) -> Unpriced {
    let last = path.rsplit('.').find(|part| part.parse::<usize>().is_err()).unwrap_or(path);
    match reason.as_str() {
        "" => Unpriced(format!("`{last}` is known after apply")),
        name => Unpriced(format!("`{last}` is known after apply ({name})")),
    }
}

/// The other resources of a plan.
pub trait RelatedResources {
    /// Returns the attributes of the planned resource of a type that an attribute refers to, by reference or by id.
    fn referred(&self, attribute: &str, kind: &str) -> Option<Value>;

    /// Returns the attributes of the planned resources of a type whose attribute refers to this resource: the scaling targets of a
    /// cluster.
    fn referring(&self, attribute: &str, kind: &str) -> Vec<Value> {
        let _ = (attribute, kind);
        Vec::new()
    }

    /// Returns whether the plan has a resource of a type, to which an attribute may refer without the plan saying so.
    fn plan_has(&self, kind: &str) -> bool {
        let _ = kind;
        false
    }
}

/// No other resources.
#[derive(Clone, Copy, Debug)]
pub struct NoRelatedResources;

impl RelatedResources for NoRelatedResources {
    fn referred(&self, _: &str, _: &str) -> Option<Value> {
        None
    }
}

/// Converts attributes from JSON. A number with a fraction becomes text, which keeps its digits.
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

/// The input of an estimate.
pub struct EstimateInput<'r> {
    /// `aws_instance`.
    pub kind: &'r str,
    attributes: Attributes,
    related: &'r dyn RelatedResources,
}

impl<'r> EstimateInput<'r> {
    /// Creates the input from attributes.
    pub fn new(kind: &'r str, values: Value, related: &'r dyn RelatedResources) -> Self {
        Self { kind, attributes: Attributes(values), related }
    }

    /// Returns the attributes of the planned resource that an attribute refers to.
    pub fn referred(&self, attribute: &str, kind: &str) -> Option<Attributes> {
        self.related.referred(attribute, kind).map(Attributes)
    }

    /// Returns the attributes of the planned resources of a type whose attribute refers to this resource.
    pub fn referring(&self, attribute: &str, kind: &str) -> Vec<Attributes> {
        self.related.referring(attribute, kind).into_iter().map(Attributes).collect()
    }

    /// Returns whether the plan has a resource of a type.
    pub fn plan_has(&self, kind: &str) -> bool {
        self.related.plan_has(kind)
    }
}

impl EstimateInput<'_> {
    /// Reads a text attribute, as [`Attributes::text`] does.
    pub fn text(&self, path: &str) -> Field<String> {
        self.attributes.text(path)
    }

    /// Reads a number, as [`Attributes::number`] does.
    pub fn number(&self, path: &str) -> Field<Quantity> {
        self.attributes.number(path)
    }

    /// Reads a flag, as [`Attributes::flag`] does.
    pub fn flag(&self, path: &str) -> Field<bool> {
        self.attributes.flag(path)
    }

    /// Counts the items of a list, as [`Attributes::count`] does.
    pub fn count(&self, path: &str) -> Estimated<i64> {
        self.attributes.count(path)
    }

    /// Reads blocks or items, as [`Attributes::items`] does.
    pub fn items(&self, path: &str) -> Estimated<Vec<Attributes>> {
        self.attributes.items(path)
    }

    /// Reads the blocks that are known, as [`Attributes::known_items`] does.
    pub fn known_items(&self, path: &str) -> Vec<Attributes> {
        self.attributes.known_items(path)
    }

    /// Returns whether an attribute is set, as [`Attributes::has`] does.
    pub fn has(&self, path: &str) -> bool {
        self.attributes.has(path)
    }

    /// Returns all attributes.
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }
}
