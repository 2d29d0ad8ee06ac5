//! The life of a recommendation: found, found again, planned, dismissed, or no longer applicable.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_ledger::LedgerError;
use tollgate_model::{AccountRegion, AdviceEvent, AdviceRecord, AdviceState, Day, PlanState, Resource, ResourceType};
use tollgate_policy::Role;

use super::AdviseReport;
use crate::Actor;
use crate::audit::audit_event;
use crate::{Context, PipelineError, State};

/// Updates the stored recommendations: found again, new, or no longer applicable, with the reason.
pub(super) async fn update_records(
    context: &Context,
    resources: &[Resource],
    seen: &BTreeSet<(AccountRegion, ResourceType)>,
    report: &mut AdviseReport,
) -> Result<(), PipelineError> {
    let today = Day::of_second(context.state.clock.now().as_second());
    let known = context.state.ledger.advices(&AdviceState::ALL).await?;
    let mut known: BTreeMap<String, AdviceRecord> = known.into_iter().map(|(r, _)| (r.advice.id.clone(), r)).collect();
    let event = |what: String| AdviceEvent { at: context.state.now(), who: "tollgate".to_owned(), what };
    let mut out = Vec::new();
    for advice in &report.found {
        let record = match known.remove(&advice.id) {
            Some(mut record) => {
                let again = match record.state {
                    AdviceState::Open | AdviceState::Dismissed => None,
                    AdviceState::Planned => plan_is_over(context, record.plan.as_deref()).await?,
                    AdviceState::Done => Some("found again after it was done".to_owned()),
                    AdviceState::Gone => Some("found again".to_owned()),
                };
                if again.is_none() && record.last == today && record.advice == *advice {
                    continue;
                }
                if let Some(why) = again {
                    record.state = AdviceState::Open;
                    record.events.push(event(why));
                }
                record.advice = advice.clone();
                record.last = today;
                record
            }
            None => {
                report.new += 1;
                AdviceRecord {
                    advice: advice.clone(),
                    state: AdviceState::Open,
                    since: today,
                    last: today,
                    plan: None,
                    was_wrong: false,
                    events: vec![event("found".to_owned())],
                }
            }
        };
        out.push(record);
    }
    let there: BTreeSet<(&AccountRegion, &str)> = resources.iter().map(|r| (&r.place, r.id.as_str())).collect();
    for mut record in known.into_values().filter(|r| matches!(r.state, AdviceState::Open | AdviceState::Planned)) {
        let subject = &record.advice.subject;
        // A recommendation for a resource that was not read stays.
        let was_read = subject.resource_type.is_none_or(|of| seen.contains(&(subject.place.clone(), of)));
        let planned =
            record.state == AdviceState::Planned && plan_is_over(context, record.plan.as_deref()).await?.is_none();
        if !was_read || planned {
            continue;
        }
        let gone = subject.resource_type.is_some() && !there.contains(&(&subject.place, subject.id.as_str()));
        record.state = AdviceState::Gone;
        let why = if gone { "the resource no longer exists" } else { "its reason no longer holds" };
        record.events.push(event(format!("no longer applies: {why}")));
        report.gone += 1;
        out.push(record);
    }
    Ok(context.state.ledger.put_advices(&out).await?)
}

/// Returns why a planned recommendation is open again; `None` while its plan is active.
async fn plan_is_over(context: &Context, plan: Option<&str>) -> Result<Option<String>, PipelineError> {
    let Some(id) = plan else { return Ok(Some("it is in no plan".to_owned())) };
    let Some((record, _)) = context.state.ledger.plan(id).await? else { return Ok(Some(format!("{id} is gone"))) };
    Ok(match record.state {
        PlanState::Proposed | PlanState::Approved | PlanState::Running => None,
        other => Some(format!("{id} is {other}")),
    })
}

/// Dismisses a recommendation with a reason. `wrong`: the recommendation is incorrect, and its kind is trusted less.
///
/// # Errors
///
/// [`PipelineError::Forbidden`] when the actor may not, [`PipelineError::NotFound`] when there is no such advice.
pub async fn dismiss(
    state: &State,
    actor: &Actor,
    id: &str,
    why: &str,
    wrong: bool,
) -> Result<AdviceRecord, PipelineError> {
    if actor.role < Role::Engineer {
        return Err(PipelineError::Forbidden(actor.lacks(Role::Engineer)));
    }
    let Some((mut record, version)) = state.ledger.advice(id).await? else {
        return Err(PipelineError::NotFound(format!("there is no advice `{id}`; `tollgate advise list` lists it")));
    };
    if !matches!(record.state, AdviceState::Open | AdviceState::Dismissed) {
        return Err(PipelineError::Refused(format!("`{id}` is {}", record.state)));
    }
    record.state = AdviceState::Dismissed;
    record.was_wrong = wrong;
    let what = if wrong { format!("dismissed as wrong: {why}") } else { format!("dismissed: {why}") };
    record.events.push(AdviceEvent { at: state.now(), who: actor.name.clone(), what: what.clone() });
    let facts = state.ledger.transaction().advice(&record, Some(version))?;
    match facts.save_audited(&audit_event(state, actor, "dismissed", id, why)).await {
        Ok(()) => Ok(record),
        Err(LedgerError::Conflict { .. }) => {
            Err(PipelineError::Refused(format!("`{id}` was changed at the same time; read it again")))
        }
        Err(error) => Err(error.into()),
    }
}
