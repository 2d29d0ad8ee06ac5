//! Feedback on incidents: saved with an audit entry, shown with the incident, and used by the next detection.

use jiff::Timestamp;
use tollgate_ledger::{LedgerError, ScheduledCheck};
use tollgate_model::{Day, DayRange, Feedback, Incident, IncidentChange, IncidentState, Opinion};
use tollgate_policy::Role;

use crate::Actor;
use crate::audit::{audit_event, record_refusal};
use crate::incident_life::{find_incident, incident_event, incident_message};
use crate::{PipelineError, State};

/// Attempts when the incident is changed at the same time.
const ATTEMPTS: usize = 20;

/// Records an opinion on an incident. `until` is the last day that it applies to; without it, the last day of the incident. The same
/// opinion again changes nothing.
///
/// # Errors
///
/// [`PipelineError::NoIncident`] when no incident, or more than one, has an id that starts so; [`PipelineError::Refused`] when the
/// actor may not.
pub async fn record_opinion(
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
        Some(Change { what: feedback.summary(), feedback: Some(feedback), wake: None })
    })
    .await
}

/// Acknowledges an incident. Doing it again changes nothing.
///
/// # Errors
///
/// As [`record_opinion`].
pub async fn acknowledge(state: &State, id: &str, actor: &Actor) -> Result<Incident, PipelineError> {
    change(state, id, actor, IncidentChange::Acknowledged, |incident| {
        if incident.state != IncidentState::Open {
            return None;
        }
        incident.state = IncidentState::Acknowledged;
        incident.assignee.get_or_insert_with(|| actor.name.clone());
        Some(Change { what: format!("acknowledged by {}", actor.name), feedback: None, wake: None })
    })
    .await
}

/// Silences an incident until an instant. If it is still open then, one more message is sent.
///
/// # Errors
///
/// As [`record_opinion`].
pub async fn snooze(state: &State, id: &str, until: Timestamp, actor: &Actor) -> Result<Incident, PipelineError> {
    change(state, id, actor, IncidentChange::Snoozed, |incident| {
        if !incident.is_live() || incident.snoozed_until == Some(until) {
            return None;
        }
        incident.snoozed_until = Some(until);
        let wake = Some((until, ScheduledCheck::Snoozed { incident: incident.id.clone() }));
        Some(Change { what: format!("snoozed until {until} by {}", actor.name), feedback: None, wake })
    })
    .await
}

/// Assigns an incident to a person.
///
/// # Errors
///
/// As [`record_opinion`].
pub async fn assign(state: &State, id: &str, who: &str, actor: &Actor) -> Result<Incident, PipelineError> {
    change(state, id, actor, IncidentChange::Assigned, |incident| {
        if !incident.is_live() || incident.assignee.as_deref() == Some(who) {
            return None;
        }
        incident.assignee = Some(who.to_owned());
        Some(Change { what: format!("assigned to {who} by {}", actor.name), feedback: None, wake: None })
    })
    .await
}

/// A change of an incident by a person.
struct Change {
    what: String,
    feedback: Option<Feedback>,
    wake: Option<(Timestamp, ScheduledCheck)>,
}

/// Saves a change of an incident with its feedback, message and audit entry in one transaction.
async fn change(
    state: &State,
    id: &str,
    actor: &Actor,
    change: IncidentChange,
    apply: impl Fn(&mut Incident) -> Option<Change>,
) -> Result<Incident, PipelineError> {
    if actor.role < Role::Engineer {
        // An id that does not exist makes no audit entry.
        find_incident(state, id).await?;
        let why = actor.lacks(Role::Engineer);
        record_refusal(state, &audit_event(state, actor, "refused", id, &why)).await?;
        return Err(PipelineError::Forbidden(why));
    }
    for _ in 0..ATTEMPTS {
        let (mut incident, version) = find_incident(state, id).await?;
        let Some(made) = apply(&mut incident) else { return Ok(incident) };
        incident.events.push(incident_event(state, made.what.clone()));
        let mut facts = state.ledger.transaction().incident(&incident, version)?;
        if let Some(feedback) = &made.feedback {
            facts = facts.feedback(feedback)?;
        }
        if let Some((at, wake)) = &made.wake {
            facts = facts.schedule_check(*at, wake)?;
        }
        facts = facts.message(&incident_message(state, change, &incident))?;
        let draft = audit_event(state, actor, change.label(), &incident.id, &made.what);
        match facts.save_audited(&draft).await {
            Ok(()) => return Ok(incident),
            // The incident was changed at the same time: apply the change to the new state.
            Err(LedgerError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(LedgerError::Unavailable(format!("`{id}` is being changed by many people at once")).into())
}
