//! The pieces that a kind of change builds its draft from.

use serde_json::{Map, Value, json};
use tollgate_model::{Action, ApiCall, Effect, Fact, Resource, ResourceType, VerifiedCall};

/// Why a kind of change does not apply to a resource.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotApplicable(pub String);

/// What a kind of change would do to a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeDraft {
    /// The description that people read: `snapshot and delete vol-1`.
    pub what: String,
    /// Facts that must hold immediately before the first call.
    pub requires: Vec<Fact>,
    /// The calls, in order, each with its rollback.
    pub actions: Vec<Action>,
    /// What else the change affects.
    pub blast_radius: Vec<String>,
}

pub(crate) fn not_applicable<T>(why: impl Into<String>) -> Result<T, NotApplicable> {
    Err(NotApplicable(why.into()))
}

pub(crate) fn call(service: &str, operation: &str, parameters: Value) -> ApiCall {
    let parameters = match parameters {
        Value::Object(map) => map.into_iter().filter(|(_, v)| !v.is_null()).collect(),
        _ => Map::new(),
    };
    ApiCall { service: service.to_owned(), operation: operation.to_owned(), parameters }
}

pub(crate) fn fact(name: &str, is: impl Into<Value>) -> Fact {
    Fact { name: name.to_owned(), is: is.into() }
}

/// The effect that a fact has a new value; `under_way` are the values that it passes through.
pub(crate) fn becomes(name: &str, is: impl Into<Value>, under_way: &[(&str, &str)]) -> Effect {
    let under_way = under_way.iter().map(|(name, is)| fact(name, *is)).collect();
    Effect::Fact { name: name.to_owned(), is: is.into(), under_way }
}

pub(crate) fn act(name: &str, call: ApiCall, effect: Effect) -> VerifiedCall {
    VerifiedCall { name: name.to_owned(), call, effect }
}

pub(crate) fn action(act: VerifiedCall, undo: Vec<VerifiedCall>) -> Action {
    Action { apply: act, rollback: undo, lost: None }
}

pub(crate) fn losing(act: VerifiedCall, undo: Vec<VerifiedCall>, lost: &str) -> Action {
    Action { apply: act, rollback: undo, lost: Some(lost.to_owned()) }
}

/// Tags of a resource that a step creates: those of the original, and the one by which it is found again.
pub(crate) fn made_tags(of: &Resource, what: &str) -> Value {
    let own =
        of.tags.iter().filter(|(k, _)| !k.starts_with("aws:") && !k.starts_with(tollgate_model::resource::OWN_TAGS));
    let mut tags: Vec<Value> = own.map(|(k, v)| json!({ "Key": k, "Value": v })).collect();
    tags.push(json!({ "Key": tollgate_cloud::STEP_TAG, "Value": "${step}" }));
    json!([{ "ResourceType": what, "Tags": tags }])
}

/// The call that puts tags on a resource and the call that removes them, by the type of the resource.
pub(crate) fn tag_calls(resource: &Resource, tags: &[(String, String)], keys: &[String]) -> (ApiCall, ApiCall) {
    let pairs: Vec<Value> = tags.iter().map(|(k, v)| json!({ "Key": k, "Value": v })).collect();
    let arn = resource.arn();
    match resource.resource_type() {
        ResourceType::LoadBalancer => (
            call("elasticloadbalancing", "AddTags", json!({ "ResourceArns": [arn], "Tags": pairs })),
            call("elasticloadbalancing", "RemoveTags", json!({ "ResourceArns": [arn], "TagKeys": keys })),
        ),
        ResourceType::Database | ResourceType::Function | ResourceType::Bucket | ResourceType::LogGroup => (
            call("tagging", "TagResources", json!({ "ResourceARNList": [arn], "Tags": pairs })),
            call("tagging", "UntagResources", json!({ "ResourceARNList": [arn], "TagKeys": keys })),
        ),
        _ => (
            call("ec2", "CreateTags", json!({ "Resources": [resource.id], "Tags": pairs })),
            call("ec2", "DeleteTags", json!({ "Resources": [resource.id], "TagKeys": keys })),
        ),
    }
}
