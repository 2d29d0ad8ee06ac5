//! Approvals: a plan is proposed, people decide, and nothing is approved but the very plan that was shown.
//!
//! A decision is one conditional write on the plan's record: of any number at the same time one comes first, and the others look
//! again. No answer is a no.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tollgate_ledger::{LedgerError, ScheduledCheck};
use tollgate_model::hash::short_id;
use tollgate_model::{
    AuditEvent, ChangePlan, Content, Day, Decision, Message, Money, PlanChange, PlanRecord, PlanState, PlanStep, Risk,
    Rollout, same_person,
};
use tollgate_policy::Role;

use crate::chat::Actor;
use crate::{PipelineError, State};

/// What somebody wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What it does, in a line.
    pub title: String,
    /// Why.
    pub why: String,
    /// What is done, in order.
    pub steps: Vec<PlanStep>,
    /// How much can go wrong.
    pub risk: Risk,
    /// What it saves a month, where somebody knows.
    pub saving_per_month: Option<Money>,
    /// The incident that it mends.
    pub incident: Option<String>,
    /// How Tollgate executes it; people do without.
    pub rollout: Option<Rollout>,
    /// Names the request, so that the same one twice is one plan.
    pub request: String,
}

/// What became of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Decided {
    /// The plan is approved: by this decision, and by no other.
    Approved,
    /// It counts, and more people must approve.
    Endorsed {
        /// What is missing.
        missing: String,
    },
    /// The plan is declined.
    Declined,
    /// It does not count.
    Refused {
        /// Why, and what to do.
        why: String,
    },
}

/// Tries of a decision when others decide at the same time.
const TRIES: usize = 1000;
/// Plans that wait at the same time.
const OPEN_PLANS: usize = 200;

/// Keeps a plan for decision and tells of it. The same request twice is one plan.
///
/// # Errors
///
/// [`PipelineError::Refused`] when the actor may not, or too many plans wait.
pub async fn propose(state: &State, actor: &Actor, proposal: Proposal) -> Result<PlanRecord, PipelineError> {
    let actor = &identified(state, actor);
    if actor.role < Role::Engineer {
        return Err(PipelineError::Refused(actor.lacks(Role::Engineer)));
    }
    let waiting = state.ledger.plans(&[PlanState::Proposed]).await?.len();
    if waiting >= OPEN_PLANS {
        return Err(PipelineError::Refused(format!("{waiting} plans wait already; decide some of them first")));
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
        .message(&told(state, PlanChange::Proposed, &record))?
        .schedule_check(expires, &ScheduledCheck::PlanExpires { plan: id.clone() })?;
    match facts.save_audited(&entry(state, actor, "proposed", &record, "")).await {
        Ok(()) => Ok(record),
        Err(LedgerError::Conflict { .. }) => match state.ledger.plan(&id).await? {
            // The request was taken before; another plan of this name is a chance of one in four thousand million.
            Some((known, _)) if known.plan.steps == record.plan.steps => Ok(known),
            Some(_) => Err(PipelineError::Refused(format!("`{id}` is another plan; propose it again"))),
            None => Err(LedgerError::Unavailable(format!("{id} could not be read")).into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// Keeps that somebody was refused, once a day for each subject and reason: presses of whoever may not must not fill the log.
///
/// # Errors
///
/// When the ledger fails.
pub(crate) async fn refused(state: &State, draft: &AuditEvent) -> Result<(), PipelineError> {
    let today = Day::of(state.clock.now());
    let known = state.ledger.audit_about(&draft.subject, &[today]).await?;
    if known
        .iter()
        .map(|entry| &entry.event)
        .any(|e| e.action == draft.action && e.actor == draft.actor && e.note == draft.note)
    {
        return Ok(());
    }
    Ok(state.ledger.audit(draft).await?)
}

/// Decides on a plan, by the hash of what was shown.
///
/// # Errors
///
/// When the ledger fails. What does not count is [`Decided::Refused`], with why; that somebody may not decide is kept in the
/// audit log.
pub async fn decide(
    state: &State,
    actor: &Actor,
    id: &str,
    hash: &str,
    approves: bool,
) -> Result<Decided, PipelineError> {
    let actor = &identified(state, actor);
    for _ in 0..TRIES {
        let Some((mut record, version)) = state.ledger.plan(id).await? else {
            return Ok(Decided::Refused { why: format!("there is no plan `{id}`") });
        };
        if let Some(why) = undecidable(&record, hash) {
            return Ok(Decided::Refused { why });
        }
        let now = state.clock.now();
        if expired(&record, now) {
            expire(state, id).await?;
            let why = format!("`{id}` expired at {}; propose it again", record.plan.expires_at);
            return Ok(Decided::Refused { why });
        }
        if let Some(why) = may_not(state, actor, &record, approves) {
            refused(state, &entry(state, actor, "refused", &record, &why)).await?;
            return Ok(Decided::Refused { why });
        }
        record.decisions.push(Decision { who: actor.name.clone(), approves, in_chat: actor.in_chat(), at: now });
        let missing = record.missing();
        let (what, change, decided) = match (approves, missing) {
            (false, _) => ("declined", PlanChange::Declined, Decided::Declined),
            (true, None) => ("approved", PlanChange::Approved, Decided::Approved),
            (true, Some(missing)) => ("endorsed", PlanChange::Endorsed, Decided::Endorsed { missing }),
        };
        record.state = match &decided {
            Decided::Declined => PlanState::Declined,
            Decided::Approved => PlanState::Approved,
            Decided::Endorsed { .. } | Decided::Refused { .. } => PlanState::Proposed,
        };
        let mut facts =
            state.ledger.transaction().plan(&record, Some(version))?.message(&told(state, change, &record))?;
        if change == PlanChange::Approved && record.plan.rollout.is_some() {
            facts = facts.message(&due(state, id, "approved"))?;
        }
        match facts.save_audited(&entry(state, actor, what, &record, "")).await {
            Ok(()) => return Ok(decided),
            // Somebody decided in between: look again.
            Err(LedgerError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(LedgerError::Unavailable(format!("`{id}` is being decided by many at once")).into())
}

/// Why nobody can decide on a plan.
fn undecidable(record: &PlanRecord, hash: &str) -> Option<String> {
    let id = &record.plan.id;
    if record.state != PlanState::Proposed {
        let by: Vec<&str> = record.decisions.iter().map(|d| d.who.as_str()).collect();
        let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(", ")) };
        return Some(format!("`{id}` is {} already{by}", record.state));
    }
    if record.computed_hash().ok().as_ref() != Some(&record.hash) {
        return Some(format!("`{id}` is not what was proposed; propose it again"));
    }
    // A hash that people type may be shortened, to sixteen digits.
    let shown = hash == record.hash || (hash.len() >= 16 && record.hash.starts_with(hash));
    (!shown).then(|| format!("`{id}` has changed since it was shown; look at it again"))
}

fn expired(record: &PlanRecord, now: Timestamp) -> bool {
    now >= record.plan.expires_at
}

/// Why somebody may not decide so.
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
        return Some(format!("you asked for it, and a plan of {} risk needs somebody else", record.plan.risk));
    }
    let said = record.decisions.iter().find(|d| same_person(&d.who, &actor.name))?;
    // An approval from the chat may be made firm outside of it, but one person counts once.
    if said.in_chat && !actor.in_chat() && record.needs_outside_chat {
        return Some("you have approved in the chat; somebody else must approve outside of it".to_owned());
    }
    Some("you have approved it already".to_owned())
}

/// Why an approval of somebody does not count who is no person of the policy file. In a chat, whose workspace knows its members,
/// that matters where several people have to approve.
fn undeclared(state: &State, actor: &Actor, record: &PlanRecord) -> Option<String> {
    let known = state.policy.people.iter().any(|p| same_person(&p.name, &actor.name));
    let several = record.needs > 1 || record.needs_outside_chat;
    (!known && (several || !actor.in_chat())).then(|| {
        let name = actor.name.trim();
        format!("{name} is no person of tollgate.hcl, so it is not known who approves; add person \"{name}\" {{ … }}")
    })
}

/// An actor by the name that the policy file has for them.
fn identified(state: &State, actor: &Actor) -> Actor {
    let known = state.policy.people.iter().find(|p| same_person(&p.name, &actor.name));
    Actor { name: known.map_or_else(|| actor.name.trim().to_owned(), |p| p.name.clone()), ..actor.clone() }
}

/// Ends a plan that nobody decided in time. Doing it again changes nothing.
///
/// # Errors
///
/// When the ledger fails.
pub(crate) async fn expire(state: &State, id: &str) -> Result<(), PipelineError> {
    let Some((mut record, version)) = state.ledger.plan(id).await? else { return Ok(()) };
    if record.state != PlanState::Proposed || !expired(&record, state.clock.now()) {
        return Ok(());
    }
    record.state = PlanState::Expired;
    let message = told(state, PlanChange::Expired, &record);
    let facts = state.ledger.transaction().plan(&record, Some(version))?.message(&message)?;
    match facts.save_audited(&entry(state, &Actor::tollgate(), "expired", &record, "")).await {
        Ok(()) | Err(LedgerError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// For the function that executes: a plan may go on.
pub(crate) fn due(state: &State, plan: &str, why: &str) -> Message {
    state.message(format!("{plan}#due-{why}"), Content::PlanDue { plan: plan.to_owned() })
}

pub(crate) fn told(state: &State, change: PlanChange, record: &PlanRecord) -> Message {
    let id = match change {
        PlanChange::Endorsed => format!("{}#endorsed-{}", record.plan.id, record.decisions.len()),
        PlanChange::Advanced => format!("{}#advanced-{}", record.plan.id, record.progress.len()),
        _ => format!("{}#{}", record.plan.id, change.as_str()),
    };
    state.message(id, Content::Plan { change, plan: Box::new(record.clone()) })
}

pub(crate) fn entry(state: &State, actor: &Actor, what: &str, record: &PlanRecord, note: &str) -> AuditEvent {
    AuditEvent { plan_hash: Some(record.hash.clone()), ..entry_of(state, actor, what, &record.plan.id, note) }
}

/// An entry of the audit log about anything.
pub(crate) fn entry_of(state: &State, actor: &Actor, what: &str, subject: &str, note: &str) -> AuditEvent {
    AuditEvent {
        at: state.now(),
        actor: actor.name.clone(),
        action: what.to_owned(),
        subject: subject.to_owned(),
        plan_hash: None,
        via: actor.way().to_owned(),
        note: note.to_owned(),
        run: state.run.to_string(),
    }
}
