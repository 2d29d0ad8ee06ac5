//! Whether what a call brings about is there: before it is made, so that nothing is done twice, and after.

use serde_json::{Map, Value};
use tollgate_cloud::{CloudError, Inventory};
use tollgate_model::{Change, Effect, Fact, Resource};

use crate::executor::{fill, vetoed};

/// What is seen of an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is there; with the id of what was made.
    There(Option<String>),
    /// The call was made, and it is coming.
    UnderWay,
    /// Nothing of it.
    Not,
}

/// What a resource shows of an effect; `None` for effects that are not the resource's own.
pub fn seen(effect: &Effect, now: Option<&Resource>) -> Option<Seen> {
    let is = |resource: &Resource, fact: &Fact| resource.fact(&fact.name) == fact.is;
    Some(match (effect, now) {
        (Effect::Gone, None) => Seen::There(None),
        (Effect::Gone, Some(_)) => Seen::Not,
        (Effect::Fact { .. } | Effect::Tagged(_), None) => Seen::Not,
        (Effect::Fact { name, is: wanted, under_way }, Some(resource)) => {
            match (under_way.iter().any(|f| is(resource, f)), resource.fact(name) == *wanted) {
                (true, _) => Seen::UnderWay,
                (false, true) => Seen::There(None),
                (false, false) => Seen::Not,
            }
        }
        (Effect::Tagged(tags), Some(resource)) => {
            let holds = |(key, value): (&String, &Value)| match value.as_str() {
                Some(value) => resource.tags.get(key).is_some_and(|v| v == value),
                None => !resource.tags.contains_key(key),
            };
            if tags.iter().all(holds) { Seen::There(None) } else { Seen::Not }
        }
        (Effect::Made { .. } | Effect::Schedule { .. }, _) => return None,
    })
}

/// Looks for an effect, by reading what it is of. `names` are what its placeholders stand for.
///
/// # Errors
///
/// When the provider does not answer: then nobody knows, and nothing is called.
pub async fn effect_of(
    inventory: &dyn Inventory,
    change: &Change,
    effect: &Effect,
    names: &Map<String, Value>,
) -> Result<Seen, CloudError> {
    let place = &change.resource.place;
    let text = |name: &str| names.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match effect {
        Effect::Made { what, ready } => {
            let Some(made) = inventory.made_by(place, *what, &text("step")).await? else { return Ok(Seen::Not) };
            let is_ready = ready.is_empty() || made.fact("state") == ready.as_str();
            Ok(if is_ready { Seen::There(Some(made.id)) } else { Seen::UnderWay })
        }
        Effect::Schedule { name, there } => {
            let name = fill(&Value::from(name.as_str()), names).unwrap_or_default();
            let found = inventory.scheduled(place, name.as_str().unwrap_or_default()).await?;
            Ok(if found == *there { Seen::There(None) } else { Seen::Not })
        }
        other => {
            let now = inventory.read(place, change.resource.resource_type(), &change.resource.id).await?;
            let other = match other {
                Effect::Tagged(tags) => {
                    let filled = fill(&Value::Object(tags.clone()), names).unwrap_or_default();
                    Effect::Tagged(filled.as_object().cloned().unwrap_or_default())
                }
                other => other.clone(),
            };
            Ok(seen(&other, now.as_ref()).unwrap_or(Seen::Not))
        }
    }
}

/// Why a step must not begin, by the resource as it is now. `marked`: whether Tollgate has marked it for deletion.
pub(crate) fn drifted(change: &Change, now: Option<&Resource>, marked: bool) -> Option<String> {
    let Some(now) = now else { return Some("it is not there any more".to_owned()) };
    if now.fingerprint().ok().as_ref() != Some(&change.fingerprint) {
        let drift = change.resource.drift(now);
        return Some(format!("it is not what was approved: {}", drift.join("; ")));
    }
    if let Some(wrong) = change.requires.iter().find(|f| now.fact(&f.name) != f.is) {
        return Some(format!("its {} is {}, not {}", wrong.name, now.fact(&wrong.name), wrong.is));
    }
    vetoed(&now.tags, marked)
}

impl crate::Approved {
    /// Why a step of this plan must not begin, by the resource as it is now; `None` when it may.
    pub fn drift(&self, step: usize, now: Option<&Resource>, marked: bool) -> Option<String> {
        let change = self.record().plan.steps.get(step)?.change.as_deref()?;
        drifted(change, now, marked)
    }
}
