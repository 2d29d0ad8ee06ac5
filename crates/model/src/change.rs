//! A change: the API calls of a step, their effects, and the calls that roll them back.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Money, Resource, ResourceType, Risk};

/// One call of a provider's API, exactly as it is made. In the texts of its parameters, `${step}` stands for the name of plan and
/// step, and `${snapshot}` for the id of the resource that the action `snapshot` of the same step created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiCall {
    /// `ec2`.
    pub service: String,
    /// `DeleteVolume`.
    pub operation: String,
    /// Parameters by the names of the provider.
    pub parameters: Map<String, Value>,
}

impl fmt::Display for ApiCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {}", self.service, self.operation, Value::Object(self.parameters.clone()))
    }
}

/// The effect of a call. It is read before the call, so that nothing is done twice, and after the call, to verify it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A fact of the resource has a value. While it has a value of `under_way`, the call was made and is not finished.
    Fact {
        /// Its name: `state`.
        name: String,
        /// The value after the call.
        is: Value,
        /// Values in between, where the provider shows them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        under_way: Vec<Fact>,
    },
    /// The resource has these tags.
    Tagged(Map<String, Value>),
    /// The resource no longer exists.
    Gone,
    /// A new resource exists, found by the tag that names the step.
    Made {
        /// The type of the resource.
        what: ResourceType,
        /// The `state` of the finished resource.
        ready: String,
    },
    /// A schedule exists, or does not.
    Schedule {
        /// Its name.
        name: String,
        /// Whether it exists.
        there: bool,
    },
}

/// A fact of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its name: `state`.
    pub name: String,
    /// Its value.
    pub is: Value,
}

/// A call with the effect by which it is verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedCall {
    /// Its name in the step: `snapshot`.
    pub name: String,
    /// The call.
    pub call: ApiCall,
    /// The effect.
    pub effect: Effect,
}

/// A call and the calls that roll it back, both fixed before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// The call.
    #[serde(flatten)]
    pub apply: VerifiedCall,
    /// The calls that roll it back, in order. Empty where nothing needs a rollback.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollback: Vec<VerifiedCall>,
    /// What no call restores, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
}

/// A step that Tollgate executes itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The id of its recommendation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The kind of that recommendation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice_kind: Option<String>,
    /// The resource as it was read.
    pub resource: Resource,
    /// The fingerprint of that resource. A different one at execution is drift, and the step is skipped.
    pub fingerprint: String,
    /// Facts of the resource that must hold immediately before the call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<Fact>,
    /// The actions, in order.
    pub actions: Vec<Action>,
    /// Its risk.
    pub risk: Risk,
    /// Whether it deletes a resource.
    pub deletes: bool,
    /// Days between the tag for deletion and the deletion; at 0 the resource is not tagged.
    pub wait_days: u32,
    /// Other resources that it affects, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blast_radius: Vec<String>,
    /// Its monthly saving, lowest and highest; `None` where it is unknown.
    pub saving: Option<(Money, Money)>,
    /// The answer of EC2 to the calls with `DryRun`, or a note that none was made.
    pub permission: String,
}
