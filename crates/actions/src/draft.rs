//! What kinds write plans with.

use serde_json::{Map, Value, json};
use tollgate_model::{Action, ApiCall, Effect, Fact, Resource, ResourceType, VerifiedCall};

/// Why a kind of change is not for a resource.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub String);

/// What a kind would do to a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// For people: `snapshot and delete vol-1`.
    pub what: String,
    /// What must hold just before.
    pub requires: Vec<Fact>,
    /// What is done, in order.
    pub actions: Vec<Action>,
    /// What else is touched.
    pub blast_radius: Vec<String>,
}

pub(crate) fn unfit<T>(why: impl Into<String>) -> Result<T, Unfit> {
    Err(Unfit(why.into()))
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

/// A fact becomes this, by way of others.
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

/// Tags of what a step makes: those of the resource, and the one by which it is found again.
pub(crate) fn made_tags(of: &Resource, what: &str) -> Value {
    let own =
        of.tags.iter().filter(|(k, _)| !k.starts_with("aws:") && !k.starts_with(tollgate_model::resource::OWN_TAGS));
    let mut tags: Vec<Value> = own.map(|(k, v)| json!({ "Key": k, "Value": v })).collect();
    tags.push(json!({ "Key": tollgate_cloud::STEP_TAG, "Value": "${step}" }));
    json!([{ "ResourceType": what, "Tags": tags }])
}

/// The call that puts tags on a resource, and the one that takes them away, by its type.
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
