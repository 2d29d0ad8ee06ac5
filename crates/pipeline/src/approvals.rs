//! Approvals: a plan is proposed, people decide, and an approval counts only for exactly the plan that was shown.
//!
//! A decision is one conditional write on the plan's record: of concurrent decisions one succeeds first, and the others read the
//! record again. A plan without a decision expires.

use jiff::SignedDuration;
use serde::Serialize;
use tollgate_ledger::{LedgerError, ScheduledCheck};
use tollgate_model::hash::short_id;
use tollgate_model::{
    ChangePlan, Decision, Money, PlanChange, PlanRecord, PlanState, PlanStep, Risk, Rollout, same_person,
};
use tollgate_policy::Role;

use crate::Actor;
use crate::audit::{plan_audit_event, record_refusal};
use crate::plan_life::{expire_plan, has_expired, plan_due_message, plan_message};
use crate::{PipelineError, State};

/// A change that somebody requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What it does, in one line.
    pub title: String,
    /// The reason.
    pub why: String,
    /// The steps, in order.
    pub steps: Vec<PlanStep>,
    /// The risk.
    pub risk: Risk,
    /// What it saves a month, if known.
    pub saving_per_month: Option<Money>,
    /// The incident that it is for.
    pub incident: Option<String>,
    /// How Tollgate executes it; `None` when people do it.
    pub rollout: Option<Rollout>,
    /// The id of the request: the same request twice makes one plan.
    pub request: String,
}

/// The outcome of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum DecisionOutcome {
    /// The plan is approved by this decision.
    Approved,
    /// The approval counts, and more approvals are needed.
    Endorsed {
        /// The missing approvals.
        missing: String,
    },
    /// The plan is declined.
    Declined,
    /// The decision does not count.
    Refused {
        /// The reason, and what to do.
        why: String,
    },
}

/// Attempts of a decision when others decide at the same time.
const ATTEMPTS: usize = 1000;
/// Plans that may wait for a decision at the same time.
const OPEN_PLANS: usize = 200;

/// Saves a plan for decision and writes a message about it. The same request twice makes one plan.
///
/// # Errors
///
/// [`PipelineError::Forbidden`] when the actor may not, [`PipelineError::Refused`] when too many plans wait.
pub async fn propose(state: &State, actor: &Actor, proposal: Proposal) -> Result<PlanRecord, PipelineError> {
    let actor = &identified(state, actor);
    if actor.role < Role::Engineer {
        return Err(PipelineError::Forbidden(actor.lacks(Role::Engineer)));
    }
    let waiting = state.ledger.plans(&[PlanState::Proposed]).await?.len();
    if waiting >= OPEN_PLANS {
        return Err(PipelineError::Refused(format!(
            "{waiting} plans wait for a decision already; decide some of them first"
        )));
    }
    let now = state.clock.now();
    let approval = state.policy.approval(proposal.risk);
    let id = short_id("p", &format!("{}|{}", proposal.request, actor.name));
    let expires = now + SignedDuration::from_secs(i64::from(approval.expires));
    let plan = ChangePlan {
        id: id.clone(),
        title: proposal.title,
        why: proposal.why,
        incident: proposal.incident,
        risk: proposal.risk,
        requester: actor.name.clone(),
        steps: proposal.steps,
        saving_per_month: proposal.saving_per_month,
        rollout: proposal.rollout,
        created_at: now,
        expires_at: expires,
    };
    let (needs, needs_outside_chat) = (approval.people, !approval.chat_alone);
    let hash = plan.hash(needs, needs_outside_chat).map_err(|e| LedgerError::Failed(e.to_string()))?;
    let record = PlanRecord {
        plan,
        hash,
        state: PlanState::Proposed,
        needs,
        needs_outside_chat,
        decisions: Vec::new(),
        progress: Vec::new(),
        not_restored: Vec::new(),
    };
    let facts = state
        .ledger
        .transaction()
        .plan(&record, None)?
        .message(&plan_message(state, PlanChange::Proposed, &record))?
        .schedule_check(expires, &ScheduledCheck::PlanExpires { plan: id.clone() })?;
    match facts.save_audited(&plan_audit_event(state, actor, "proposed", &record, "")).await {
        Ok(()) => Ok(record),
        Err(LedgerError::Conflict { .. }) => match state.ledger.plan(&id).await? {
            // The request was already made; a collision of two different requests has a probability of one in four thousand million.
            Some((known, _)) if known.plan.steps == record.plan.steps => Ok(known),
            Some(_) => Err(PipelineError::Refused(format!("`{id}` is a different plan; propose it again"))),
            None => Err(LedgerError::Unavailable(format!("{id} could not be read")).into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// Decides on a plan, by the hash of what was shown.
///
/// # Errors
///
/// When the ledger fails. A decision that does not count is [`DecisionOutcome::Refused`], with the reason; a missing permission is
/// written into the audit log.
pub async fn decide(
    state: &State,
    actor: &Actor,
    id: &str,
    hash: &str,
    approves: bool,
) -> Result<DecisionOutcome, PipelineError> {
    let actor = &identified(state, actor);
    for _ in 0..ATTEMPTS {
        let Some((mut record, version)) = state.ledger.plan(id).await? else {
            return Ok(DecisionOutcome::Refused { why: format!("there is no plan `{id}`") });
        };
        if let Some(why) = undecidable(&record, hash) {
            return Ok(DecisionOutcome::Refused { why });
        }
        let now = state.clock.now();
        if has_expired(&record, now) {
            expire_plan(state, id).await?;
            let why = format!("`{id}` expired at {}; propose it again", record.plan.expires_at);
            return Ok(DecisionOutcome::Refused { why });
        }
        if let Some(why) = may_not(state, actor, &record, approves) {
            record_refusal(state, &plan_audit_event(state, actor, "refused", &record, &why)).await?;
            return Ok(DecisionOutcome::Refused { why });
        }
        record.decisions.push(Decision { who: actor.name.clone(), approves, in_chat: actor.in_chat(), at: now });
        let missing = record.missing();
        let (what, change, decided) = match (approves, missing) {
            (false, _) => ("declined", PlanChange::Declined, DecisionOutcome::Declined),
            (true, None) => ("approved", PlanChange::Approved, DecisionOutcome::Approved),
            (true, Some(missing)) => ("endorsed", PlanChange::Endorsed, DecisionOutcome::Endorsed { missing }),
        };
        record.state = match &decided {
            DecisionOutcome::Declined => PlanState::Declined,
            DecisionOutcome::Approved => PlanState::Approved,
            DecisionOutcome::Endorsed { .. } | DecisionOutcome::Refused { .. } => PlanState::Proposed,
        };
        let mut facts =
            state.ledger.transaction().plan(&record, Some(version))?.message(&plan_message(state, change, &record))?;
        if change == PlanChange::Approved && record.plan.rollout.is_some() {
            facts = facts.message(&plan_due_message(state, id, "approved"))?;
        }
        match facts.save_audited(&plan_audit_event(state, actor, what, &record, "")).await {
            Ok(()) => return Ok(decided),
            // Another decision came first: read the record again.
            Err(LedgerError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(LedgerError::Unavailable(format!("`{id}` is being decided by many people at once")).into())
}

/// Returns why no decision on a plan is possible.
fn undecidable(record: &PlanRecord, hash: &str) -> Option<String> {
    let id = &record.plan.id;
    if record.state != PlanState::Proposed {
        let by: Vec<&str> = record.decisions.iter().map(|d| d.who.as_str()).collect();
        let by = match (record.state, by.as_slice()) {
            (_, []) => String::new(),
            (PlanState::Approved | PlanState::Declined, by) => format!(" by {}", by.join(", ")),
            (_, by) => format!("; decided by {}", by.join(", ")),
        };
        return Some(format!("`{id}` is {} already{by}", record.state));
    }
    if record.computed_hash().ok().as_ref() != Some(&record.hash) {
        return Some(format!("`{id}` is not what was proposed; propose it again"));
    }
    // People may type the first sixteen digits of a hash.
    let shown = hash == record.hash || (hash.len() >= 16 && record.hash.starts_with(hash));
    (!shown).then(|| format!("the hash is not that of `{id}` now: it is mistyped, or the plan has changed since it was shown; read it again"))
}

/// Returns why an actor must not make a decision.
fn may_not(state: &State, actor: &Actor, record: &PlanRecord, approves: bool) -> Option<String> {
    if actor.role < Role::Approver {
        return Some(actor.lacks(Role::Approver));
    }
    if !approves {
        return None;
    }
    let approval = state.policy.approval(record.plan.risk);
    if let Some(why) = undeclared(state, actor, record) {
        return Some(why);
    }
    if same_person(&record.plan.requester, &actor.name) && !approval.requester_may {
        return Some(format!("you requested it, and a plan of {} risk needs a different approver", record.plan.risk));
    }
    let earlier = record.decisions.iter().find(|d| same_person(&d.who, &actor.name))?;
    // One person counts once, even when they approve in the chat and outside of it.
    if earlier.in_chat && !actor.in_chat() && record.needs_outside_chat {
        return Some("you have already approved in the chat; a different person must approve outside of it".to_owned());
    }
    Some("you have already approved it".to_owned())
}

/// Returns why the approval of somebody who is not a person of the policy file does not count. In a chat, whose workspace verifies its
/// members, this applies only where several people have to approve.
fn undeclared(state: &State, actor: &Actor, record: &PlanRecord) -> Option<String> {
    let known = state.policy.people.iter().any(|p| same_person(&p.name, &actor.name));
    let several = record.needs > 1 || record.needs_outside_chat;
    (!known && (several || !actor.in_chat())).then(|| {
        let name = actor.name.trim();
        format!("{name} is not a person of tollgate.hcl, so the approver cannot be identified; add person \"{name}\" {{ … }}")
    })
}

/// The actor with the name that the policy file has for them.
fn identified(state: &State, actor: &Actor) -> Actor {
    let known = state.policy.people.iter().find(|p| same_person(&p.name, &actor.name));
    Actor { name: known.map_or_else(|| actor.name.trim().to_owned(), |p| p.name.clone()), ..actor.clone() }
}
