//! Change plans: advice, or what somebody wishes, becomes the exact calls that are asked approval for.

use tollgate_actions::{Breakers, Draft, EXECUTOR, Fleet, has_tag, kind, stages, tripped};
use tollgate_cloud::{CloudError, Performed};
use tollgate_ledger::{LedgerError, PlanRequest};
use tollgate_model::hash::bytes_hash;
use tollgate_model::{
    AccountRegion, AdviceEvent, AdviceState, Change, Day, Money, PlanRecord, PlanState, PlanStep, Resource,
    ResourceType, Risk, Rollout, Saving, SuggestedChange,
};
use tollgate_policy::{RemediationSettings, Role};

use crate::approvals::{Proposal, due, propose};
use crate::chat::Actor;
use crate::{Cloud, PipelineError, State};

/// What a plan is wanted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanFor {
    /// Recommendations, by their ids.
    Advice(Vec<String>),
    /// A change that somebody wishes.
    Change {
        /// The change.
        suggested_change: SuggestedChange,
        /// Of which type of resource.
        of: ResourceType,
        /// Which.
        id: String,
        /// Where.
        place: AccountRegion,
    },
}

/// A plan that was made, and what was left out of it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Built {
    /// The plan.
    pub record: PlanRecord,
    /// Advice that is not in it: its id and why.
    pub left_out: Vec<(String, String)>,
}

/// The largest plan as JSON: an item of the ledger holds 400 KB, and the plan is also told in a message.
const LARGEST: usize = 150_000;

/// One step in the making.
struct Wanted {
    advice: Option<(String, String, Saving)>,
    suggested_change: SuggestedChange,
    resource: Resource,
}

/// Makes a plan and proposes it. Every resource is read anew, EC2 is asked whether each call would be allowed, and breakers hold.
///
/// # Errors
///
/// [`PipelineError::Refused`] when nothing can be planned, a breaker has tripped or the actor may not; [`PipelineError::Cloud`] when
/// the provider does not answer.
pub async fn plan_change(
    state: &State,
    cloud: &Cloud,
    actor: &Actor,
    wanted: &PlanFor,
    request: &str,
) -> Result<Built, PipelineError> {
    if actor.role < Role::Engineer {
        return Err(PipelineError::Refused(actor.lacks(Role::Engineer)));
    }
    let mut left_out = Vec::new();
    let wanted = match wanted {
        PlanFor::Advice(ids) => of_advice(state, cloud, ids, &mut left_out).await?,
        PlanFor::Change { suggested_change, of, id, place } => {
            let found = cloud.inventory.read(place, *of, id).await?;
            let resource =
                found.ok_or_else(|| PipelineError::Refused(format!("there is no {of} `{id}` in {place}")))?;
            vec![Wanted { advice: None, suggested_change: suggested_change.clone(), resource }]
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
    // What is safest goes first: the canary is the step of which least is lost.
    steps.sort_by_key(|s| s.change.as_ref().map(|c| (c.risk, c.deletes)));
    hold(state, &steps).await?;
    let record = propose_steps(state, actor, steps, request).await?;
    mark_planned(state, actor, &record).await?;
    Ok(Built { record, left_out })
}

async fn of_advice(
    state: &State,
    cloud: &Cloud,
    ids: &[String],
    left_out: &mut Vec<(String, String)>,
) -> Result<Vec<Wanted>, PipelineError> {
    let mut out: Vec<Wanted> = Vec::new();
    for id in ids {
        let why = match state.ledger.advice(id).await? {
            None => "there is no such advice".to_owned(),
            Some((record, _)) if record.state != AdviceState::Open => {
                let plan = record.plan.map_or(String::new(), |p| format!(" by {p}"));
                format!("it is {}{plan}", record.state)
            }
            Some((record, _)) => {
                let advice = record.advice;
                let subject = &advice.subject;
                match (&advice.suggested_change, subject.resource_type, &advice.instead) {
                    (_, _, Some(other)) => format!("it gives way to {other}"),
                    (None, ..) | (_, None, _) => "Tollgate has no change for it: a person does it".to_owned(),
                    (Some(suggested_change), Some(of), None) => {
                        match cloud.inventory.read(&subject.place, of, &subject.id).await? {
                            None => "the resource is not there any more".to_owned(),
                            Some(resource)
                                if out
                                    .iter()
                                    .any(|o| o.resource.id == resource.id && o.resource.place == resource.place) =>
                            {
                                "another step of this plan changes the same resource".to_owned()
                            }
                            Some(resource) => {
                                let about = (advice.id.clone(), advice.kind.clone(), advice.saving.clone());
                                out.push(Wanted {
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

/// A step, or why there is none.
async fn step(
    cloud: &Cloud,
    settings: &RemediationSettings,
    of: Wanted,
) -> Result<Result<PlanStep, String>, PipelineError> {
    let Some(kind) = kind(&of.suggested_change.kind) else {
        return Ok(Err(format!("there is no change `{}`", of.suggested_change.kind)));
    };
    if !kind.of.contains(&of.resource.resource_type()) {
        return Ok(Err(format!("{} is no change of a {}", kind.name, of.resource.resource_type())));
    }
    // What a plan makes anew gets the resource's tags, and in a plan such a text stands for something else.
    if let Some((tag, _)) = of.resource.tags.iter().find(|(_, value)| value.contains("${")) {
        return Ok(Err(format!("its tag {tag} has a ${{ in it")));
    }
    let Draft { what, requires, actions, blast_radius } = match (kind.plan)(&of.resource, &of.suggested_change.with) {
        Ok(draft) => draft,
        Err(why) => return Ok(Err(why.to_string())),
    };
    let mut asked = Vec::new();
    for action in &actions {
        match cloud.executor.ask(&of.resource.place, &action.apply.call).await {
            Ok(Performed::Allowed) => asked.push(true),
            Ok(Performed::NotAsked | Performed::Done { .. }) => asked.push(false),
            // EC2 checks more than permission: an instance that runs can't be modified before it was stopped.
            Err(CloudError::Refused { operation, .. }) if operation != EXECUTOR => asked.push(false),
            Err(error @ (CloudError::Denied { .. } | CloudError::NotFound { .. })) => {
                return Ok(Err(error.to_string()));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let permission = match (asked.iter().filter(|a| **a).count(), asked.len()) {
        (0, _) => "nobody could be asked".to_owned(),
        (yes, all) if yes == all => "EC2 says yes to every call".to_owned(),
        (yes, all) => format!("EC2 says yes to {yes} of {all} calls; the others can't be asked"),
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

/// The breakers of a policy.
pub(crate) fn breakers(settings: &RemediationSettings) -> Breakers {
    Breakers {
        max_steps: settings.max_steps,
        max_share_percent: settings.max_share_percent,
        max_money_a_day: settings.max_money_a_day,
        max_unpriced_a_day: settings.max_unpriced_a_day,
        accounts: settings.accounts.clone(),
        deny_tags: settings.deny_tags.clone(),
    }
}

/// Holds a plan against the breakers.
async fn hold(state: &State, steps: &[PlanStep]) -> Result<(), PipelineError> {
    let today = Day::of(state.clock.now());
    let counted = [PlanState::Proposed, PlanState::Approved, PlanState::Running, PlanState::Done];
    let plans = state.ledger.plans(&counted).await?;
    let of_today = plans.iter().filter(|p| p.plan.rollout.is_some() && Day::of(p.plan.created_at) == today);
    let today: Vec<&Change> = of_today.flat_map(|p| &p.plan.steps).filter_map(|s| s.change.as_deref()).collect();
    let changes: Vec<&Change> = steps.iter().filter_map(|s| s.change.as_deref()).collect();
    let fleet: Fleet =
        state.ledger.resource_counts().await?.into_iter().map(|(place, of, count)| ((place, of), count)).collect();
    let why = tripped(&breakers(&state.policy.remediation), &changes, &today, &fleet);
    if why.is_empty() {
        Ok(())
    } else {
        Err(PipelineError::Refused(format!("a breaker has tripped: {}", why.join("; "))))
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
    // A sum of which a part is not known is not known.
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
            stages: stages(steps.len(), settings.soak),
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

/// Advice that a plan has is planned.
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

/// Asks for a plan that follows advice: it is made by who may look at resources and ask EC2, which whoever answers a chat may not.
///
/// # Errors
///
/// [`PipelineError::Refused`] when the actor may not.
pub async fn ask_for_plan(state: &State, actor: &Actor, advice: &[String]) -> Result<(), PipelineError> {
    if actor.role < Role::Engineer {
        return Err(PipelineError::Refused(actor.lacks(Role::Engineer)));
    }
    let name = format!("{}|{}|{}", actor.name, advice.join(","), Day::of_second(state.clock.now().as_second()));
    let request = format!("r-{:016x}", bytes_hash(name.as_bytes()) >> 64);
    let asked = PlanRequest {
        request: request.clone(),
        advice: advice.to_vec(),
        who: actor.name.clone(),
        chat: actor.chat.clone(),
    };
    Ok(state.ledger.transaction().request(&asked)?.message(&due(state, &request, "asked"))?.save().await?)
}

/// Makes the plans that were asked for. Returns what became of each, a line each.
///
/// # Errors
///
/// When the ledger fails. What cannot be planned is told and forgotten.
pub async fn fulfil_requests(state: &State, cloud: &Cloud) -> Result<Vec<String>, PipelineError> {
    let mut out = Vec::new();
    for (key, asked) in state.ledger.plan_requests().await? {
        // Whether they may was decided when they asked.
        let actor = Actor { name: asked.who.clone(), role: Role::Engineer, chat: asked.chat.clone() };
        match plan_change(state, cloud, &actor, &PlanFor::Advice(asked.advice.clone()), &asked.request).await {
            Ok(built) => out.push(format!("{}: proposed as {}", asked.request, built.record.plan.id)),
            Err(error) if error.retryable() => {
                out.push(format!("{}: later: {error}", asked.request));
                continue;
            }
            Err(error) => out.push(format!("{}: not planned: {error}", asked.request)),
        }
        state.ledger.finish_request(&key).await?;
    }
    Ok(out)
}
