//! Change plans: recommendations, or a requested change, become the exact calls that need approval.

use tollgate_actions::{ChangeDraft, EXECUTOR, Fleet, exceeded_limits, find_kind, has_tag, plan_stages};
use tollgate_cloud::{CallOutcome, CloudError};
use tollgate_ledger::LedgerError;
use tollgate_model::{
    AccountRegion, AdviceEvent, AdviceState, Change, Day, Money, PlanRecord, PlanState, PlanStep, Resource,
    ResourceType, Risk, Rollout, Saving, SuggestedChange,
};
use tollgate_policy::{RemediationSettings, Role};

use crate::Actor;
use crate::approvals::{Proposal, propose};
use crate::plan_life::safety_limits;
use crate::{Cloud, PipelineError, State};

/// What a plan is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanInput {
    /// Recommendations, by their ids.
    Advice(Vec<String>),
    /// A requested change.
    Change {
        /// The change.
        suggested_change: SuggestedChange,
        /// The type of the resource.
        of: ResourceType,
        /// The id of the resource.
        id: String,
        /// The account and region.
        place: AccountRegion,
    },
}

/// A plan, and the recommendations that it does not include.
#[derive(Clone, Debug, serde::Serialize)]
pub struct BuiltPlan {
    /// The plan.
    pub record: PlanRecord,
    /// Recommendations that are not in it: id and reason.
    pub left_out: Vec<(String, String)>,
}

/// Bytes of the largest plan as JSON: an item of the ledger holds 400 KB, and the plan is also part of a message.
const LARGEST: usize = 150_000;

/// The input of one step.
struct StepInput {
    advice: Option<(String, String, Saving)>,
    suggested_change: SuggestedChange,
    resource: Resource,
}

/// Makes a plan and proposes it. Every resource is read again, EC2 checks whether it would allow each call, and safety limits apply.
///
/// # Errors
///
/// [`PipelineError::Refused`] when nothing can be planned, a safety limit is exceeded or the actor may not; [`PipelineError::Cloud`] when
/// the provider does not answer.
pub async fn plan_change(
    state: &State,
    cloud: &Cloud,
    actor: &Actor,
    wanted: &PlanInput,
    request: &str,
) -> Result<BuiltPlan, PipelineError> {
    if actor.role < Role::Engineer {
        return Err(PipelineError::Forbidden(actor.lacks(Role::Engineer)));
    }
    let mut left_out = Vec::new();
    let wanted = match wanted {
        PlanInput::Advice(ids) => inputs_from_advice(state, cloud, ids, &mut left_out).await?,
        PlanInput::Change { suggested_change, of, id, place } => {
            let found = cloud.inventory.read(place, *of, id).await?;
            let resource =
                found.ok_or_else(|| PipelineError::Refused(format!("there is no {of} `{id}` in {place}")))?;
            vec![StepInput { advice: None, suggested_change: suggested_change.clone(), resource }]
        }
    };
    let settings = &state.policy.remediation;
    let mut steps = Vec::new();
    for one in wanted {
        let name = one.advice.as_ref().map_or_else(|| one.resource.id.clone(), |(id, _, _)| id.clone());
        match step(cloud, settings, one).await? {
            Ok(step) => steps.push(step),
            Err(why) => left_out.push((name, why)),
        }
    }
    if steps.is_empty() {
        let why: Vec<String> = left_out.iter().map(|(id, why)| format!("{id}: {why}")).collect();
        return Err(PipelineError::Refused(format!("nothing can be planned: {}", why.join("; "))));
    }
    // The safest step comes first: the canary is the step with the least to lose.
    steps.sort_by_key(|s| s.change.as_ref().map(|c| (c.risk, c.deletes)));
    check_safety_limits(state, &steps).await?;
    let record = propose_steps(state, actor, steps, request).await?;
    mark_planned(state, actor, &record).await?;
    Ok(BuiltPlan { record, left_out })
}

async fn inputs_from_advice(
    state: &State,
    cloud: &Cloud,
    ids: &[String],
    left_out: &mut Vec<(String, String)>,
) -> Result<Vec<StepInput>, PipelineError> {
    let mut out: Vec<StepInput> = Vec::new();
    for id in ids {
        let why = match state.ledger.advice(id).await? {
            None => "there is no such advice; `tollgate advise list` lists them".to_owned(),
            Some((record, _)) if record.state != AdviceState::Open => {
                let plan = record.plan.map_or(String::new(), |p| format!(" by {p}"));
                format!("it is {}{plan}", record.state)
            }
            Some((record, _)) => {
                let advice = record.advice;
                let subject = &advice.subject;
                match (&advice.suggested_change, subject.resource_type, &advice.instead) {
                    (_, _, Some(other)) => format!("it gives way to {other}"),
                    (None, ..) | (_, None, _) => "Tollgate has no change for it; a person has to do it".to_owned(),
                    (Some(suggested_change), Some(of), None) => {
                        match cloud.inventory.read(&subject.place, of, &subject.id).await? {
                            None => "the resource no longer exists".to_owned(),
                            Some(resource)
                                if out
                                    .iter()
                                    .any(|o| o.resource.id == resource.id && o.resource.place == resource.place) =>
                            {
                                "another step of this plan changes the same resource".to_owned()
                            }
                            Some(resource) => {
                                let about = (advice.id.clone(), advice.kind.clone(), advice.saving.clone());
                                out.push(StepInput {
                                    advice: Some(about),
                                    suggested_change: suggested_change.clone(),
                                    resource,
                                });
                                continue;
                            }
                        }
                    }
                }
            }
        };
        left_out.push((id.clone(), why));
    }
    Ok(out)
}

/// Makes a step. The inner error is the reason why there is none.
async fn step(
    cloud: &Cloud,
    settings: &RemediationSettings,
    of: StepInput,
) -> Result<Result<PlanStep, String>, PipelineError> {
    let Some(kind) = find_kind(&of.suggested_change.kind) else {
        return Ok(Err(format!("there is no change `{}`", of.suggested_change.kind)));
    };
    if !kind.of.contains(&of.resource.resource_type()) {
        return Ok(Err(format!("{} does not apply to a {}", kind.name, of.resource.resource_type())));
    }
    // A new resource gets the tags of the old one, and `${` in a plan begins a placeholder.
    if let Some((tag, _)) = of.resource.tags.iter().find(|(_, value)| value.contains("${")) {
        return Ok(Err(format!("its tag {tag} contains ${{")));
    }
    let ChangeDraft { what, requires, actions, blast_radius } =
        match (kind.plan)(&of.resource, &of.suggested_change.with) {
            Ok(draft) => draft,
            Err(why) => return Ok(Err(why.to_string())),
        };
    let mut asked = Vec::new();
    for action in &actions {
        match cloud.executor.ask(&of.resource.place, &action.apply.call).await {
            Ok(CallOutcome::Allowed) => asked.push(true),
            Ok(CallOutcome::NotChecked | CallOutcome::Done { .. }) => asked.push(false),
            // EC2 checks more than permission: it refuses to modify a running instance before an earlier call stops it.
            Err(CloudError::Refused { operation, .. }) if operation != EXECUTOR => asked.push(false),
            Err(error @ (CloudError::Denied { .. } | CloudError::NotFound { .. })) => {
                return Ok(Err(error.to_string()));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let permission = match (asked.iter().filter(|a| **a).count(), asked.len()) {
        (0, _) => "not checked: no dry run".to_owned(),
        (yes, all) if yes == all => "EC2 allows every call".to_owned(),
        (yes, all) => format!("EC2 allows {yes} of {all} calls; the others have no dry run"),
    };
    let production = settings.production.iter().find(|rule| has_tag(&of.resource, rule));
    let risk = if production.is_some() { Risk::High } else { kind.risk };
    let mut blast_radius = blast_radius;
    blast_radius.extend(production.map(|rule| format!("production: it has the tag {rule}")));
    let fingerprint = of.resource.fingerprint().map_err(|e| LedgerError::Failed(e.to_string()))?;
    let saving = of.advice.as_ref().and_then(|(_, _, saving)| {
        let (low, high) = saving.between?;
        Some((Money::new(low, saving.currency), Money::new(high, saving.currency)))
    });
    let change = Change {
        advice: of.advice.as_ref().map(|(id, _, _)| id.clone()),
        advice_kind: of.advice.map(|(_, kind, _)| kind),
        fingerprint,
        requires,
        actions,
        risk,
        deletes: kind.deletes,
        wait_days: if kind.deletes { settings.wait_days } else { 0 },
        blast_radius,
        saving,
        permission,
        resource: of.resource,
    };
    Ok(Ok(PlanStep { kind: kind.name.to_owned(), what, change: Some(Box::new(change)) }))
}

/// Refuses a plan that exceeds a safety limit.
async fn check_safety_limits(state: &State, steps: &[PlanStep]) -> Result<(), PipelineError> {
    let today = Day::of(state.clock.now());
    let counted = [PlanState::Proposed, PlanState::Approved, PlanState::Running, PlanState::Done];
    let plans = state.ledger.plans(&counted).await?;
    let of_today = plans.iter().filter(|p| p.plan.rollout.is_some() && Day::of(p.plan.created_at) == today);
    let today: Vec<&Change> = of_today.flat_map(|p| &p.plan.steps).filter_map(|s| s.change.as_deref()).collect();
    let changes: Vec<&Change> = steps.iter().filter_map(|s| s.change.as_deref()).collect();
    let fleet: Fleet =
        state.ledger.resource_counts().await?.into_iter().map(|(place, of, count)| ((place, of), count)).collect();
    let why = exceeded_limits(&safety_limits(&state.policy.remediation), &changes, &today, &fleet);
    if why.is_empty() {
        Ok(())
    } else {
        Err(PipelineError::Refused(format!("a safety limit is exceeded: {}", why.join("; "))))
    }
}

async fn propose_steps(
    state: &State,
    actor: &Actor,
    steps: Vec<PlanStep>,
    request: &str,
) -> Result<PlanRecord, PipelineError> {
    let settings = &state.policy.remediation;
    let changes = || steps.iter().filter_map(|s| s.change.as_deref());
    let risk = changes().map(|c| c.risk).max().unwrap_or(Risk::High);
    let low = changes().map(|c| c.saving.map(|(low, _)| low)).collect::<Option<Vec<Money>>>();
    // A sum with an unknown part is unknown.
    let saving = low.and_then(|all| {
        let (first, rest) = all.split_first()?;
        rest.iter().try_fold(*first, |sum, one| sum.checked_add(*one)).ok()
    });
    let title = match steps.as_slice() {
        [one] => one.what.clone(),
        [first, rest @ ..] => format!("{} and {} more", first.what, rest.len()),
        [] => String::new(),
    };
    let advice: Vec<&str> = changes().filter_map(|c| c.advice.as_deref()).collect();
    let proposal = Proposal {
        title,
        why: if advice.is_empty() { String::new() } else { format!("advice {}", advice.join(", ")) },
        risk,
        saving_per_month: saving,
        incident: None,
        rollout: Some(Rollout {
            stages: plan_stages(steps.len(), settings.soak),
            health: settings.health.clone(),
            windows: settings.windows.clone(),
            quiet_days: settings.quiet_days.clone(),
            rollback: settings.rollback,
        }),
        request: request.to_owned(),
        steps,
    };
    let size = serde_json::to_string(&proposal.steps).map_err(|e| LedgerError::Failed(e.to_string()))?.len();
    if size > LARGEST {
        return Err(PipelineError::Refused(format!(
            "the plan has {size} bytes, more than {LARGEST}: plan fewer steps at once"
        )));
    }
    propose(state, actor, proposal).await
}

/// Marks the recommendations of a plan as planned.
async fn mark_planned(state: &State, actor: &Actor, record: &PlanRecord) -> Result<(), PipelineError> {
    for id in record.plan.steps.iter().filter_map(|s| s.change.as_ref()?.advice.clone()) {
        let Some((mut advice, version)) = state.ledger.advice(&id).await? else { continue };
        if advice.state != AdviceState::Open {
            continue;
        }
        advice.state = AdviceState::Planned;
        advice.plan = Some(record.plan.id.clone());
        advice.events.push(AdviceEvent {
            at: state.now(),
            who: actor.name.clone(),
            what: format!("planned: {}", record.plan.id),
        });
        match state.ledger.put_advice(&advice, Some(version)).await {
            Ok(()) | Err(LedgerError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
