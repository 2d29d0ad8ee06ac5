//! What people say of incidents: kept with an entry of the audit log, told where the incident is shown, and known to the next run.

use jiff::Timestamp;
use tollgate_ledger::{LedgerError, ScheduledCheck};
use tollgate_model::{
    AuditEvent, Content, Day, DayRange, Feedback, Incident, IncidentChange, IncidentState, Message, Opinion,
};
use tollgate_policy::Role;

use crate::approvals::refused;
use crate::chat::Actor;
use crate::detect::event;
use crate::{PipelineError, State};

/// Tries when something else changes the incident at the same time.
const TRIES: usize = 20;

/// Keeps what somebody said of an incident. `until` is the last day that it holds for; without it, the incident's last. Saying the
/// same again changes nothing.
///
/// # Errors
///
/// [`PipelineError::NoIncident`] when no incident, or more than one, has an id that starts so; [`PipelineError::Refused`] when the
/// actor may not.
pub async fn say_of_incident(
    state: &State,
    id: &str,
    opinion: Opinion,
    until: Option<Day>,
    actor: &Actor,
    note: Option<String>,
) -> Result<Incident, PipelineError> {
    change(state, id, actor, IncidentChange::Expected, |incident| {
        let end = until.map_or(incident.last, |day| day.max(incident.last)).plus(1);
        let feedback = Feedback {
            scope: incident.scope.clone(),
            days: DayRange { start: incident.start, end },
            opinion,
            incident: incident.id.clone(),
            by: actor.name.clone(),
            at: state.now(),
            note: note.clone(),
        };
        if incident.notes.contains(&feedback.summary()) {
            return None;
        }
        incident.state = IncidentState::Expected;
        incident.notes.push(feedback.summary());
        Some(Said { what: feedback.summary(), feedback: Some(feedback), wake: None })
    })
    .await
}

/// Keeps that somebody looks at an incident. Doing it again changes nothing.
///
/// # Errors
///
/// As [`say_of_incident`].
pub async fn acknowledge(state: &State, id: &str, actor: &Actor) -> Result<Incident, PipelineError> {
    change(state, id, actor, IncidentChange::Acknowledged, |incident| {
        if incident.state != IncidentState::Open {
            return None;
        }
        incident.state = IncidentState::Acknowledged;
        incident.assignee.get_or_insert_with(|| actor.name.clone());
        Some(Said { what: format!("acknowledged by {}", actor.name), feedback: None, wake: None })
    })
    .await
}

/// Keeps that nobody wants to hear of an incident until an instant. If it still goes on then, it is told once more.
///
/// # Errors
///
/// As [`say_of_incident`].
pub async fn snooze(state: &State, id: &str, until: Timestamp, actor: &Actor) -> Result<Incident, PipelineError> {
    change(state, id, actor, IncidentChange::Snoozed, |incident| {
        if !incident.is_live() || incident.snoozed_until == Some(until) {
            return None;
        }
        incident.snoozed_until = Some(until);
        let wake = Some((until, ScheduledCheck::Snoozed { incident: incident.id.clone() }));
        Some(Said { what: format!("snoozed until {until} by {}", actor.name), feedback: None, wake })
    })
    .await
}

/// Keeps who looks at an incident.
///
/// # Errors
///
/// As [`say_of_incident`].
pub async fn assign(state: &State, id: &str, who: &str, actor: &Actor) -> Result<Incident, PipelineError> {
    change(state, id, actor, IncidentChange::Assigned, |incident| {
        if !incident.is_live() || incident.assignee.as_deref() == Some(who) {
            return None;
        }
        incident.assignee = Some(who.to_owned());
        Some(Said { what: format!("assigned to {who} by {}", actor.name), feedback: None, wake: None })
    })
    .await
}

/// What was said.
struct Said {
    what: String,
    feedback: Option<Feedback>,
    wake: Option<(Timestamp, ScheduledCheck)>,
}

/// Changes an incident, with everything that goes with it, or nothing.
async fn change(
    state: &State,
    id: &str,
    actor: &Actor,
    change: IncidentChange,
    say: impl Fn(&mut Incident) -> Option<Said>,
) -> Result<Incident, PipelineError> {
    if actor.role < Role::Engineer {
        // An id that somebody made up is no entry of the log.
        find(state, id).await?;
        let why = actor.lacks(Role::Engineer);
        refused(state, &AuditEvent { note: why.clone(), ..entry(state, actor, "refused", id) }).await?;
        return Err(PipelineError::Refused(why));
    }
    for _ in 0..TRIES {
        let (mut incident, version) = find(state, id).await?;
        let Some(said) = say(&mut incident) else { return Ok(incident) };
        incident.events.push(event(state, said.what.clone()));
        let mut facts = state.ledger.transaction().incident(&incident, version)?;
        if let Some(feedback) = &said.feedback {
            facts = facts.feedback(feedback)?;
        }
        if let Some((at, wake)) = &said.wake {
            facts = facts.schedule_check(*at, wake)?;
        }
        facts = facts.message(&message(state, change, &incident))?;
        let draft = AuditEvent { note: said.what, ..entry(state, actor, change.label(), &incident.id) };
        match facts.save_audited(&draft).await {
            Ok(()) => return Ok(incident),
            // A run changed it in between: say it of what it is now.
            Err(LedgerError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(LedgerError::Unavailable(format!("`{id}` is being changed by many at once")).into())
}

fn message(state: &State, change: IncidentChange, incident: &Incident) -> Message {
    let id = format!("{}#{}-{}", incident.id, change.label(), incident.events.len());
    state.message(id, Content::Incident { change, incident: Box::new(incident.clone()) })
}

fn entry(state: &State, actor: &Actor, what: &str, subject: &str) -> AuditEvent {
    AuditEvent {
        at: state.now(),
        actor: actor.name.clone(),
        action: what.to_owned(),
        subject: subject.to_owned(),
        plan_hash: None,
        via: actor.way().to_owned(),
        note: String::new(),
        run: state.run.to_string(),
    }
}

/// The incident that has an id, or one that starts so.
pub(crate) async fn find(state: &State, id: &str) -> Result<(Incident, u64), PipelineError> {
    if let Some(found) = state.ledger.incident(id).await? {
        return Ok(found);
    }
    let all = state.ledger.incidents(&IncidentState::ALL).await?;
    let mut found = all.into_iter().filter(|(i, _)| i.id.starts_with(id));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (first, _) => Err(PipelineError::NoIncident { id: id.to_owned(), several: first.is_some() }),
    }
}
