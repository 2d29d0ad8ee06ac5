//! Parameters of a call in a plan: each is read by name, and an unread one is an error.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use aws_sdk_ec2::types::{ResourceType as Ec2Type, Tag, TagSpecification};
use serde_json::{Map, Value};

/// The parameters of a call. All of them must be read.
pub(super) struct Parameters<'c> {
    values: &'c Map<String, Value>,
    read: Mutex<BTreeSet<&'c str>>,
}

impl<'c> Parameters<'c> {
    pub(super) fn new(values: &'c Map<String, Value>) -> Self {
        Self { values, read: Mutex::default() }
    }

    pub(super) fn value(&self, name: &str) -> Option<&'c Value> {
        let (name, value) = self.values.get_key_value(name)?;
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
        Some(value)
    }

    pub(super) fn some(&self, name: &str) -> Option<String> {
        Some(self.value(name)?.as_str()?.to_owned())
    }

    pub(super) fn text(&self, name: &str) -> Result<String, String> {
        self.some(name).filter(|t| !t.is_empty()).ok_or_else(|| format!("{name} is missing"))
    }

    pub(super) fn number(&self, name: &str) -> Option<i32> {
        self.value(name)?.as_i64()?.try_into().ok()
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.value(name)?.as_bool()
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        let list = self.value(name).and_then(Value::as_array).ok_or_else(|| format!("{name} is missing"))?;
        let texts: Option<Vec<String>> = list.iter().map(|v| v.as_str().map(str::to_owned)).collect();
        texts.filter(|t| !t.is_empty()).ok_or_else(|| format!("{name} has no texts"))
    }

    pub(super) fn pairs(&self, name: &str) -> Result<Vec<(String, String)>, String> {
        pairs(self.value(name)).ok_or_else(|| format!("{name} is missing"))
    }

    pub(super) fn ec2_tags(&self) -> Result<Vec<Tag>, String> {
        Ok(self.pairs("Tags")?.into_iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect())
    }

    /// Tags of the created resource.
    pub(super) fn specifications(&self) -> Option<Vec<TagSpecification>> {
        let list = self.value("TagSpecifications")?.as_array()?;
        list.iter()
            .map(|one| {
                let tags = pairs(one.get("Tags"))?.into_iter().map(|(k, v)| Tag::builder().key(k).value(v).build());
                let of = Ec2Type::from(one.get("ResourceType")?.as_str()?);
                Some(TagSpecification::builder().resource_type(of).set_tags(Some(tags.collect())).build())
            })
            .collect()
    }

    /// Checks that every parameter was read: an unknown parameter is an error.
    pub(super) fn finish(&self) -> Result<(), String> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        match self.values.keys().find(|name| !read.contains(name.as_str())) {
            Some(name) => Err(format!("parameter {name} is not understood")),
            None => Ok(()),
        }
    }
}

/// `[{"Key": …, "Value": …}]`.
fn pairs(value: Option<&Value>) -> Option<Vec<(String, String)>> {
    let text = |v: &Value, name: &str| Some(v.get(name)?.as_str()?.to_owned());
    let list =
        value?.as_array()?.iter().map(|v| Some((text(v, "Key")?, text(v, "Value")?))).collect::<Option<Vec<_>>>()?;
    (!list.is_empty()).then_some(list)
}
