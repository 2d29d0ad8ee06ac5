//! The executor makes the calls of an approved plan, and no others.

use std::sync::Arc;

use serde_json::{Map, Value};
use tollgate_cloud::{CallOutcome, CloudError, Control};
use tollgate_model::{AccountRegion, ApiCall, Change, Effect, VerifiedCall};

use crate::ApprovedPlan;
use crate::draft::{act, tag_calls};
use crate::{DELETE_AFTER, KEEP};

/// A call of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepCall {
    /// The tag on a resource that is to be deleted.
    Mark,
    /// The removal of that tag.
    Unmark,
    /// The call of an action.
    Apply(usize),
    /// A call that rolls an action back.
    Rollback(usize, usize),
}

/// Returns a call of a step. `None` when the plan has no such call.
pub fn find_act(change: &Change, step_call: StepCall) -> Option<VerifiedCall> {
    match step_call {
        StepCall::Mark | StepCall::Unmark => {
            let tags = [(DELETE_AFTER.to_owned(), "${date}".to_owned())];
            let (put, take) = tag_calls(&change.resource, &tags, &[DELETE_AFTER.to_owned()]);
            let there = Map::from_iter([(DELETE_AFTER.to_owned(), Value::from("${date}"))]);
            let gone = Map::from_iter([(DELETE_AFTER.to_owned(), Value::Null)]);
            Some(match step_call {
                StepCall::Mark => act("mark", put, Effect::Tagged(there)),
                _ => act("unmark", take, Effect::Tagged(gone)),
            })
        }
        StepCall::Apply(n) => change.actions.get(n).map(|a| a.apply.clone()),
        StepCall::Rollback(n, u) => change.actions.get(n)?.rollback.get(u).cloned(),
    }
}

/// Makes calls of approved plans.
#[derive(Clone)]
pub struct Executor {
    control: Arc<dyn Control>,
}

impl Executor {
    /// Creates an executor over a provider's control plane, which it does not hand out again.
    pub fn new(control: Arc<dyn Control>) -> Self {
        Self { control }
    }

    /// Makes one call of an approved plan. `names` are the values of its placeholders.
    ///
    /// # Errors
    ///
    /// When the provider refuses or does not answer, or the plan has no such call.
    pub async fn perform(
        &self,
        approved: &ApprovedPlan,
        step: usize,
        step_call: StepCall,
        names: &Map<String, Value>,
    ) -> Result<CallOutcome, CloudError> {
        let plan = &approved.record().plan;
        let change = plan.steps.get(step).and_then(|s| s.change.as_deref());
        let found = change.and_then(|change| Some((change, find_act(change, step_call)?)));
        let Some((change, act)) = found else {
            return Err(refused(&format!("{} has no call {step_call:?} in step {}", plan.id, step + 1)));
        };
        let call = fill_call(&act.call, names)
            .map_err(|missing| refused(&format!("the value of ${{{missing}}} is unknown")))?;
        self.control.perform(&change.resource.place, &call, false).await
    }

    /// Asks the provider whether a call would be allowed. It changes nothing and needs no approval.
    ///
    /// # Errors
    ///
    /// When it would not be allowed, the provider does not answer, or it made the call.
    pub async fn ask(&self, place: &AccountRegion, call: &ApiCall) -> Result<CallOutcome, CloudError> {
        // A snapshot that does not exist yet has no id.
        if refers_to_created(call) {
            return Ok(CallOutcome::NotChecked);
        }
        let names = Map::from_iter([("step".to_owned(), Value::from("asked"))]);
        let call =
            fill_call(call, &names).map_err(|missing| refused(&format!("the value of ${{{missing}}} is unknown")))?;
        match self.control.perform(place, &call, true).await? {
            CallOutcome::Done { .. } => Err(refused(&format!(
                "{}:{} was executed although only a dry run was requested",
                call.service, call.operation
            ))),
            asked => Ok(asked),
        }
    }
}

/// The operation of a refusal by the executor itself, not by a provider.
pub const EXECUTOR: &str = "executor";

fn refused(message: &str) -> CloudError {
    CloudError::Refused { operation: EXECUTOR.to_owned(), place: AccountRegion::default(), message: message.to_owned() }
}

/// Whether a call refers to something that an earlier call creates.
fn refers_to_created(call: &ApiCall) -> bool {
    let text = Value::Object(call.parameters.clone()).to_string();
    text.replace("${step}", "").contains("${")
}

/// Fills the placeholders of a call. The error is the name of a placeholder without a value.
pub(crate) fn fill_call(call: &ApiCall, names: &Map<String, Value>) -> Result<ApiCall, String> {
    let parameters = call.parameters.iter().map(|(k, v)| Ok((k.clone(), fill(v, names)?)));
    Ok(ApiCall { parameters: parameters.collect::<Result<_, String>>()?, ..call.clone() })
}

pub(crate) fn fill(value: &Value, names: &Map<String, Value>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(fill_text(text, names)?),
        Value::Array(list) => Value::Array(list.iter().map(|v| fill(v, names)).collect::<Result<_, _>>()?),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(k, v)| Ok((k.clone(), fill(v, names)?))).collect::<Result<_, String>>()?)
        }
        other => other.clone(),
    })
}

fn fill_text(text: &str, names: &Map<String, Value>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        // A tag of the resource may contain `${` itself: text that is not a placeholder stays.
        let Some((name, after)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        match names.get(name).and_then(Value::as_str) {
            Some(value) => out.push_str(value),
            None => return Err(name.to_owned()),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Returns the objection of a resource's owner, by its tags.
pub(crate) fn owner_veto(tags: &std::collections::BTreeMap<String, String>, marked: bool) -> Option<String> {
    if let Some(why) = tags.get(KEEP) {
        return Some(format!("its owner keeps it: tag {KEEP} = {why:?}"));
    }
    (marked && !tags.contains_key(DELETE_AFTER)).then(|| format!("its owner removed the tag {DELETE_AFTER}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::call;
    use serde_json::json;

    #[test]
    fn placeholders_are_filled_or_the_call_is_not_made() {
        let of = call(
            "ec2",
            "CreateVolume",
            json!({ "SnapshotId": "${snapshot}", "Tags": [{ "Key": "k", "Value": "${step}" }] }),
        );
        let names = Map::from_iter([("snapshot".to_owned(), json!("snap-1")), ("step".to_owned(), json!("p-1.0"))]);
        let done = fill_call(&of, &names).unwrap();
        assert_eq!(
            Value::Object(done.parameters),
            json!({ "SnapshotId": "snap-1", "Tags": [{ "Key": "k", "Value": "p-1.0" }] })
        );
        assert_eq!(fill_call(&of, &Map::new()).unwrap_err(), "snapshot");
        assert!(refers_to_created(&of) && !refers_to_created(&call("ec2", "X", json!({ "a": "${step}" }))));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_filling_panic(text in "(\\$|\\{|\\}|step|é|a){0,30}") {
            let names = Map::from_iter([("step".to_owned(), json!("p-1.0"))]);
            let _ = fill_text(&text, &names);
        }
    }
}
