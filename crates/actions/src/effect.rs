//! Checks the effect of a call: before the call, so that nothing is done twice, and after it.

use serde_json::{Map, Value};
use tollgate_cloud::{CloudError, Inventory};
use tollgate_model::{Change, Effect, Fact, Resource};

use crate::executor::{fill, owner_veto};

/// Whether an effect has been reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EffectState {
    /// It has, with the id of the created resource.
    Present(Option<String>),
    /// The call was made and its effect is in progress.
    InProgress,
    /// There is no sign of it.
    Absent,
}

/// Reads the state of an effect off a resource; `None` for effects that are not on the resource itself.
pub fn effect_state(effect: &Effect, now: Option<&Resource>) -> Option<EffectState> {
    let is = |resource: &Resource, fact: &Fact| resource.fact(&fact.name) == fact.is;
    Some(match (effect, now) {
        (Effect::Gone, None) => EffectState::Present(None),
        (Effect::Gone, Some(_)) => EffectState::Absent,
        (Effect::Fact { .. } | Effect::Tagged(_), None) => EffectState::Absent,
        (Effect::Fact { name, is: wanted, under_way }, Some(resource)) => {
            match (under_way.iter().any(|f| is(resource, f)), resource.fact(name) == *wanted) {
                (true, _) => EffectState::InProgress,
                (false, true) => EffectState::Present(None),
                (false, false) => EffectState::Absent,
            }
        }
        (Effect::Tagged(tags), Some(resource)) => {
            let holds = |(key, value): (&String, &Value)| match value.as_str() {
                Some(value) => resource.tags.get(key).is_some_and(|v| v == value),
                None => !resource.tags.contains_key(key),
            };
            if tags.iter().all(holds) { EffectState::Present(None) } else { EffectState::Absent }
        }
        (Effect::Made { .. } | Effect::Schedule { .. }, _) => return None,
    })
}

/// Reads the state of an effect from the provider. `names` are the values of its placeholders.
///
/// # Errors
///
/// When the provider does not answer: the state is then unknown, and no call may be made.
pub async fn read_effect_state(
    inventory: &dyn Inventory,
    change: &Change,
    effect: &Effect,
    names: &Map<String, Value>,
) -> Result<EffectState, CloudError> {
    let place = &change.resource.place;
    let text = |name: &str| names.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match effect {
        Effect::Made { what, ready } => {
            let Some(made) = inventory.created_by_step(place, *what, &text("step")).await? else {
                return Ok(EffectState::Absent);
            };
            let is_ready = ready.is_empty() || made.fact("state") == ready.as_str();
            Ok(if is_ready { EffectState::Present(Some(made.id)) } else { EffectState::InProgress })
        }
        Effect::Schedule { name, there } => {
            let name = fill(&Value::from(name.as_str()), names).unwrap_or_default();
            let found = inventory.schedule_exists(place, name.as_str().unwrap_or_default()).await?;
            Ok(if found == *there { EffectState::Present(None) } else { EffectState::Absent })
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
            Ok(effect_state(&other, now.as_ref()).unwrap_or(EffectState::Absent))
        }
    }
}

/// Returns why a step must not begin, by the resource as it is now. `marked`: whether Tollgate has marked it for deletion.
pub(crate) fn drifted(change: &Change, now: Option<&Resource>, marked: bool) -> Option<String> {
    let Some(now) = now else { return Some("it is not there any more".to_owned()) };
    if now.fingerprint().ok().as_ref() != Some(&change.fingerprint) {
        let drift = change.resource.drift(now);
        return Some(format!("it is not what was approved: {}", drift.join("; ")));
    }
    if let Some(wrong) = change.requires.iter().find(|f| now.fact(&f.name) != f.is) {
        return Some(format!("its {} is {}, not {}", wrong.name, now.fact(&wrong.name), wrong.is));
    }
    owner_veto(&now.tags, marked)
}

impl crate::ApprovedPlan {
    /// Returns why a step of this plan must not begin, by the resource as it is now; `None` when it may.
    pub fn drift(&self, step: usize, now: Option<&Resource>, marked: bool) -> Option<String> {
        let change = self.record().plan.steps.get(step)?.change.as_deref()?;
        drifted(change, now, marked)
    }
}
