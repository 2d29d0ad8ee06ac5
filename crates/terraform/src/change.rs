//! What happens to a resource.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use tollgate_expression::Value;

use crate::values::value;

/// One thing that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is made.
    Create,
    /// A data source is read.
    Read,
    /// It is changed in place.
    Update,
    /// It is removed.
    Delete,
    /// It is taken out of the state and goes on to exist.
    Forget,
    /// An ephemeral resource is opened.
    Open,
    /// One that this program does not know.
    #[serde(other)]
    Other,
}

/// What is done, as a set: a replacement deletes and creates, in either order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Actions(pub Vec<Action>);

impl Actions {
    /// Whether something is done among others.
    pub fn has(&self, action: Action) -> bool {
        self.0.contains(&action)
    }

    /// Made anew in the place of another.
    pub fn replaces(&self) -> bool {
        self.has(Action::Create) && (self.has(Action::Delete) || self.has(Action::Forget))
    }

    /// As people say it.
    pub fn name(&self) -> &'static str {
        if self.replaces() {
            return "replace";
        }
        let known = [
            (Action::Create, "create"),
            (Action::Update, "update"),
            (Action::Delete, "delete"),
            (Action::Forget, "forget"),
            (Action::Read, "read"),
            (Action::Open, "open"),
            (Action::Other, "unknown"),
        ];
        known.iter().find(|(action, _)| self.has(*action)).map_or("no-op", |(_, name)| name)
    }
}

/// That something which exists is taken under management.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Importing {
    /// Its id, where one is known.
    pub id: Option<String>,
    /// Its identity, where the provider has one instead.
    pub identity: Option<serde_json::Value>,
}

/// Before and after.
#[derive(Debug, Deserialize)]
pub struct Change<'a> {
    /// What is done.
    #[serde(default)]
    pub actions: Actions,
    #[serde(borrow, default)]
    before: Option<&'a RawValue>,
    #[serde(borrow, default)]
    after: Option<&'a RawValue>,
    #[serde(borrow, default)]
    after_unknown: Option<&'a RawValue>,
    #[serde(borrow, default)]
    before_sensitive: Option<&'a RawValue>,
    #[serde(borrow, default)]
    after_sensitive: Option<&'a RawValue>,
    /// Attributes that force a replacement.
    #[serde(default)]
    pub replace_paths: Option<Vec<Vec<serde_json::Value>>>,
    /// That it is imported.
    #[serde(default)]
    pub importing: Option<Importing>,
}

impl Change<'_> {
    /// The attributes as they were; null when there was nothing.
    pub fn before(&self) -> Value {
        value(self.before, None, self.before_sensitive)
    }

    /// The attributes as they will be, as far as is known; null when there will be nothing.
    pub fn after(&self) -> Value {
        value(self.after, self.after_unknown, self.after_sensitive)
    }
}

/// A resource and what happens to it.
#[derive(Debug, Deserialize)]
pub struct ResourceChange<'a> {
    /// Its address.
    #[serde(borrow)]
    pub address: Cow<'a, str>,
    /// Where it was before, when it moved.
    #[serde(default)]
    pub previous_address: Option<String>,
    /// `managed`, `data`, `ephemeral`.
    #[serde(borrow, default)]
    pub mode: Cow<'a, str>,
    /// `aws_instance`.
    #[serde(borrow, rename = "type", default)]
    pub kind: Cow<'a, str>,
    /// Its provider: `registry.terraform.io/hashicorp/aws`, or `aws` before Terraform 0.13.
    #[serde(borrow, default)]
    pub provider_name: Cow<'a, str>,
    /// An object that is only waiting for its removal.
    #[serde(default)]
    pub deposed: Option<String>,
    /// Why it is replaced or removed, where the plan says so.
    #[serde(default)]
    pub action_reason: Option<String>,
    /// What happens.
    #[serde(borrow)]
    pub change: Change<'a>,
}

impl ResourceChange<'_> {
    /// Whether it is a resource that will be there afterwards: not data, not removed, not deposed.
    pub fn stays(&self) -> bool {
        let actions = &self.change.actions;
        let removed = (actions.has(Action::Delete) || actions.has(Action::Forget)) && !actions.has(Action::Create);
        let read = actions.has(Action::Read) || actions.has(Action::Open);
        matches!(&*self.mode, "managed" | "") && self.deposed.is_none() && !removed && !read
    }

    /// The provider's own name: `aws`.
    pub fn provider(&self) -> &str {
        self.provider_name.rsplit('/').next().unwrap_or_default()
    }
}
