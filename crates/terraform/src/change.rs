//! The planned change of a resource.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use tollgate_expression::Value;

use crate::lenient::field;
use crate::values::value;

/// A planned action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlannedAction {
    /// No change.
    NoOp,
    /// The resource is created.
    Create,
    /// A data source is read.
    Read,
    /// The resource is updated in place.
    Update,
    /// The resource is deleted.
    Delete,
    /// The resource is removed from the state and not deleted.
    Forget,
    /// An ephemeral resource is opened.
    Open,
    /// An action that this program does not know.
    #[serde(other)]
    Other,
}

/// The planned actions of a resource: a replacement deletes and creates, in either order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct PlannedActions(pub Vec<PlannedAction>);

impl PlannedActions {
    /// Returns whether an action is one of them.
    pub fn has(&self, action: PlannedAction) -> bool {
        self.0.contains(&action)
    }

    /// Returns whether the resource is replaced.
    pub fn replaces(&self) -> bool {
        self.has(PlannedAction::Create) && (self.has(PlannedAction::Delete) || self.has(PlannedAction::Forget))
    }

    /// Returns the name of the actions together.
    pub fn name(&self) -> &'static str {
        if self.replaces() {
            return "replace";
        }
        let known = [
            (PlannedAction::Create, "create"),
            (PlannedAction::Update, "update"),
            (PlannedAction::Delete, "delete"),
            (PlannedAction::Forget, "forget"),
            (PlannedAction::Read, "read"),
            (PlannedAction::Open, "open"),
            (PlannedAction::Other, "unknown"),
        ];
        known.iter().find(|(action, _)| self.has(*action)).map_or("no-op", |(_, name)| name)
    }
}

/// The import of an existing resource.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Importing {
    /// Its id, if it is known.
    pub id: Option<String>,
    /// Its identity, if the provider has one instead.
    pub identity: Option<serde_json::Value>,
}

/// The attributes before and after the change.
#[derive(Debug, Deserialize)]
pub struct PlannedChange<'a> {
    /// The actions.
    #[serde(default)]
    pub actions: PlannedActions,
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
    #[serde(default, deserialize_with = "field")]
    pub replace_paths: Option<Vec<Vec<serde_json::Value>>>,
    /// Set when the resource is imported.
    #[serde(default, deserialize_with = "field")]
    pub importing: Option<Importing>,
}

impl PlannedChange<'_> {
    /// Returns the attributes before the change; null for a new resource.
    pub fn before(&self) -> Value {
        value(self.before, None, self.before_sensitive)
    }

    /// Returns the attributes after the change, as far as they are known; null for a deleted resource.
    pub fn after(&self) -> Value {
        value(self.after, self.after_unknown, self.after_sensitive)
    }
}

/// A resource with its planned change.
#[derive(Debug, Deserialize)]
pub struct ResourceChange<'a> {
    /// Its address.
    #[serde(borrow, default)]
    pub address: Cow<'a, str>,
    #[serde(default, deserialize_with = "field")]
    module_address: Option<String>,
    #[serde(default, deserialize_with = "field")]
    name: Option<String>,
    #[serde(default, deserialize_with = "field")]
    index: Option<serde_json::Value>,
    /// Its address before a move.
    #[serde(default, deserialize_with = "field")]
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
    /// The key of a deposed object, which is waiting for its deletion.
    #[serde(default, deserialize_with = "field")]
    pub deposed: Option<String>,
    /// The reason of a replacement or deletion, if the plan contains it.
    #[serde(default, deserialize_with = "field")]
    pub action_reason: Option<String>,
    /// The change.
    #[serde(borrow)]
    pub change: PlannedChange<'a>,
}

impl ResourceChange<'_> {
    /// Returns the change with an address: its own, or the one of its parts. `None` when it has neither.
    pub(crate) fn addressed(mut self) -> Option<Self> {
        if !self.address.is_empty() {
            return Some(self);
        }
        let name = self.name.as_deref().filter(|name| !name.is_empty() && !self.kind.is_empty())?;
        let module = self.module_address.as_ref().map(|m| format!("{m}.")).unwrap_or_default();
        let data = if self.mode == "data" { "data." } else { "" };
        let index = match &self.index {
            Some(serde_json::Value::String(key)) => format!("[{key:?}]"),
            Some(serde_json::Value::Number(index)) => format!("[{index}]"),
            _ => String::new(),
        };
        self.address = Cow::Owned(format!("{module}{data}{}.{name}{index}", self.kind));
        Some(self)
    }

    /// Returns whether it is a resource that exists after the change: not data, not deleted, not deposed.
    pub fn stays(&self) -> bool {
        let actions = &self.change.actions;
        let removed = (actions.has(PlannedAction::Delete) || actions.has(PlannedAction::Forget))
            && !actions.has(PlannedAction::Create);
        let read = actions.has(PlannedAction::Read) || actions.has(PlannedAction::Open);
        matches!(&*self.mode, "managed" | "") && self.deposed.is_none() && !removed && !read
    }

    /// Returns the short name of the provider: `aws`.
    pub fn provider(&self) -> &str {
        self.provider_name.rsplit('/').next().unwrap_or_default()
    }
}
