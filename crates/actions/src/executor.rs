//! The executor: makes the calls of an approved plan, and no other.

use std::sync::Arc;

use serde_json::{Map, Value};
use tollgate_cloud::{CloudError, Control, Performed};
use tollgate_model::{AccountRegion, ApiCall, Change, Effect, VerifiedCall};

use crate::Approved;
use crate::draft::{act as an_act, tag_calls};
use crate::{DELETE_AFTER, KEEP};

/// Which call of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// The mark on what is to be deleted.
    Mark,
    /// The mark is taken away.
    Unmark,
    /// An action's call.
    Do(usize),
    /// A call that takes an action back.
    Undo(usize, usize),
}

/// What a step's call is. `None` where the plan has none.
pub fn act(change: &Change, which: Which) -> Option<VerifiedCall> {
    match which {
        Which::Mark | Which::Unmark => {
            let tags = [(DELETE_AFTER.to_owned(), "${date}".to_owned())];
            let (put, take) = tag_calls(&change.resource, &tags, &[DELETE_AFTER.to_owned()]);
            let there = Map::from_iter([(DELETE_AFTER.to_owned(), Value::from("${date}"))]);
            let gone = Map::from_iter([(DELETE_AFTER.to_owned(), Value::Null)]);
            Some(match which {
                Which::Mark => an_act("mark", put, Effect::Tagged(there)),
                _ => an_act("unmark", take, Effect::Tagged(gone)),
            })
        }
        Which::Do(n) => change.actions.get(n).map(|a| a.apply.clone()),
        Which::Undo(n, u) => change.actions.get(n)?.rollback.get(u).cloned(),
    }
}

/// Makes calls of approved plans.
#[derive(Clone)]
pub struct Executor {
    control: Arc<dyn Control>,
}

impl Executor {
    /// By way of a provider's control plane. It is not handed out again.
    pub fn new(control: Arc<dyn Control>) -> Self {
        Self { control }
    }

    /// Makes one call of an approved plan. `names` are what its placeholders stand for.
    ///
    /// # Errors
    ///
    /// When the provider refuses or does not answer, or the plan has no such call.
    pub async fn perform(
        &self,
        approved: &Approved,
        step: usize,
        which: Which,
        names: &Map<String, Value>,
    ) -> Result<Performed, CloudError> {
        let plan = &approved.record().plan;
        let change = plan.steps.get(step).and_then(|s| s.change.as_deref());
        let found = change.and_then(|change| Some((change, act(change, which)?)));
        let Some((change, act)) = found else {
            return Err(refused(&format!("{} has no call {which:?} in step {}", plan.id, step + 1)));
        };
        let call =
            filled(&act.call, names).map_err(|missing| refused(&format!("nothing is known of ${{{missing}}}")))?;
        self.control.perform(&change.resource.place, &call, false).await
    }

    /// Asks whether a call would be allowed. It changes nothing, so that it needs no approval.
    ///
    /// # Errors
    ///
    /// When it would not, nobody answers, or the provider did it.
    pub async fn ask(&self, place: &AccountRegion, call: &ApiCall) -> Result<Performed, CloudError> {
        // A snapshot that is not there yet cannot be named.
        if mentions(call) {
            return Ok(Performed::NotAsked);
        }
        let names = Map::from_iter([("step".to_owned(), Value::from("asked"))]);
        let call = filled(call, &names).map_err(|missing| refused(&format!("nothing is known of ${{{missing}}}")))?;
        match self.control.perform(place, &call, true).await? {
            Performed::Done { .. } => {
                Err(refused(&format!("{}:{} was made though it was only asked for", call.service, call.operation)))
            }
            asked => Ok(asked),
        }
    }
}

/// The operation of a refusal that is the executor's own, and no provider's.
pub const EXECUTOR: &str = "executor";

fn refused(message: &str) -> CloudError {
    CloudError::Refused { operation: EXECUTOR.to_owned(), place: AccountRegion::default(), message: message.to_owned() }
}

/// Whether a call names what another makes.
fn mentions(call: &ApiCall) -> bool {
    let text = Value::Object(call.parameters.clone()).to_string();
    text.replace("${step}", "").contains("${")
}

/// A call with its placeholders filled; the name of one that nothing is known of.
pub(crate) fn filled(call: &ApiCall, names: &Map<String, Value>) -> Result<ApiCall, String> {
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
        // A tag of the resource may have such a text of its own: what is no placeholder stays.
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

/// Whether the owner of something has said that it stays, by its tags.
pub(crate) fn vetoed(tags: &std::collections::BTreeMap<String, String>, marked: bool) -> Option<String> {
    if let Some(why) = tags.get(KEEP) {
        return Some(format!("its owner keeps it: tag {KEEP} = {why:?}"));
    }
    (marked && !tags.contains_key(DELETE_AFTER)).then(|| format!("its owner has taken the tag {DELETE_AFTER} away"))
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
        let done = filled(&of, &names).unwrap();
        assert_eq!(
            Value::Object(done.parameters),
            json!({ "SnapshotId": "snap-1", "Tags": [{ "Key": "k", "Value": "p-1.0" }] })
        );
        assert_eq!(filled(&of, &Map::new()).unwrap_err(), "snapshot");
        assert!(mentions(&of) && !mentions(&call("ec2", "X", json!({ "a": "${step}" }))));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_filling_panic(text in "(\\$|\\{|\\}|step|é|a){0,30}") {
            let names = Map::from_iter([("step".to_owned(), json!("p-1.0"))]);
            let _ = fill_text(&text, &names);
        }
    }
}
