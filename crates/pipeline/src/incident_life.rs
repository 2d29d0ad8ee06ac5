//! The life of an incident: finding it, recognising it, updating it, and the messages about it.

use jiff::Timestamp;
use tollgate_model::incident::{IncidentEvent, IncidentKind, Related};
use tollgate_model::{Amount, Content, Incident, IncidentChange, IncidentState, Message};

use crate::{PipelineError, State};

/// Finds the incident with an id, or with an id that starts so.
///
/// # Errors
///
/// [`PipelineError::NoIncident`] when there is none, or more than one.
/// An incident with its version, by its id or a unique prefix of it.
///
/// # Errors
///
/// When there is none, several have the prefix, or the ledger fails.
pub async fn find_incident(state: &State, id: &str) -> Result<(Incident, u64), PipelineError> {
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

/// Whether two incidents are the same one, found at two times.
pub(crate) fn is_same_incident(a: &Incident, b: &Incident) -> bool {
    a.id == b.id
        || (a.direction == b.direction
            && a.currency == b.currency
            && (a.start - b.start).abs() <= 3
            && (a.scope.covers(&b.scope) || b.scope.covers(&a.scope) || a.parts.iter().any(|p| b.parts.contains(p))))
}

/// A known incident, updated to what was found now. `None` when nothing changed.
pub(crate) fn updated_incident(state: &State, known: &Incident, found: Incident) -> Option<Incident> {
    let mut next = Incident {
        id: known.id.clone(),
        causes: known.causes.clone(),
        unranked_dimensions: known.unranked_dimensions.clone(),
        related: known.related.clone(),
        notes: known.notes.clone(),
        events: known.events.clone(),
        state: known.state,
        assignee: known.assignee.clone(),
        snoozed_until: known.snoozed_until,
        reopened: known.reopened.clone(),
        ..found.clone()
    };
    let over = found.state == IncidentState::Resolved;
    let changed = next.last != known.last || next.impact != known.impact || next.scope != known.scope;
    if known.is_live() && over {
        next.state = IncidentState::Resolved;
        let why = if matches!(found.kind, IncidentKind::Spike | IncidentKind::Drop) {
            "the cost is back to normal"
        } else {
            "the change has ended or is the new normal"
        };
        next.events.push(incident_event(state, format!("resolved: {why} after {}", found.last)));
    } else if known.state == IncidentState::Resolved && !over {
        next.state = IncidentState::Open;
        next.events.push(incident_event(state, "reopened".to_owned()));
        next.reopened.push(state.now());
    } else if changed {
        next.events.push(incident_event(
            state,
            format!("now {} {} in total, through {}", signed(next.impact), next.currency, next.last),
        ));
    } else {
        return None;
    }
    Some(next)
}

/// Earlier incidents that a new one names.
const RELATED: usize = 3;

/// Earlier incidents of the same scope, of a part of it or of a scope that contains it, newest first.
pub(crate) fn related_incidents<'i>(incident: &Incident, all: impl Iterator<Item = &'i Incident>) -> Vec<Related> {
    let mut earlier: Vec<&Incident> = all
        .filter(|i| i.id != incident.id && i.start < incident.start && i.scope.0.len() > 1)
        .filter(|i| i.scope.covers(&incident.scope) || incident.scope.covers(&i.scope))
        .collect();
    earlier.sort_by_key(|i| (std::cmp::Reverse(i.start), i.id.clone()));
    let describe = |i: &&Incident| Related {
        id: i.id.clone(),
        start: i.start,
        what: format!("{}, {} {} a day, {}", i.kind.label(), signed(i.impact_per_day), i.currency, i.state),
    };
    earlier.iter().take(RELATED).map(describe).collect()
}

/// Days within which a new incident of the same scope counts as the earlier one reopened.
const REOPENED_WITHIN: i32 = 7;

/// When incidents of the same scope opened again, this one included. Flapping is counted per scope, not per incident id.
pub(crate) fn reopened_instants<'i>(
    state: &State,
    incident: &Incident,
    all: impl Iterator<Item = &'i Incident>,
) -> Vec<Timestamp> {
    let previous = all
        .filter(|i| i.scope == incident.scope && i.direction == incident.direction && i.currency == incident.currency)
        .filter(|i| i.id != incident.id && i.last < incident.start && incident.start - i.last <= REOPENED_WITHIN)
        .max_by_key(|i| i.last);
    previous.map_or_else(Vec::new, |i| i.reopened.iter().copied().chain([state.now()]).collect())
}

/// An event of an incident, now.
pub(crate) fn incident_event(state: &State, what: String) -> IncidentEvent {
    IncidentEvent { at: state.now(), what }
}

/// The change between two states of an incident that a message reports; `None` when there is none.
pub(crate) fn incident_change(before: &Incident, after: &Incident) -> Option<IncidentChange> {
    match (before.is_live(), after.is_live()) {
        (true, false) => Some(IncidentChange::Resolved),
        (false, true) if before.state == IncidentState::Resolved => Some(IncidentChange::Reopened),
        (_, true) if after.severity > before.severity => Some(IncidentChange::Raised),
        _ => None,
    }
}

/// The message that reports a change of an incident.
pub(crate) fn incident_message(state: &State, change: IncidentChange, incident: &Incident) -> Message {
    let id = match change {
        IncidentChange::Opened => format!("{}#opened", incident.id),
        IncidentChange::Raised => format!("{}#raised-{}", incident.id, incident.severity),
        IncidentChange::Reopened | IncidentChange::Resolved => {
            format!("{}#{}-{}", incident.id, change.label(), incident.last)
        }
        _ => format!("{}#{}-{}", incident.id, change.label(), incident.events.len()),
    };
    state.message(id, Content::Incident { change, incident: Box::new(incident.clone()) })
}

/// An amount with its sign and two decimals.
pub(crate) fn signed(amount: Amount) -> String {
    let text = tollgate_model::money::grouped(amount, 2);
    if amount.is_negative() { text } else { format!("+{text}") }
}
