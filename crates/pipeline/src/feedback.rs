//! What people say of incidents: kept, so that the next run knows.

use tollgate_model::{Day, DayRange, Feedback, Incident, IncidentState, Opinion};

use crate::detect::event;
use crate::{PipelineError, State};

/// Keeps what somebody said of an incident. `until` is the last day that it holds for; without it, the incident's last.
///
/// # Errors
///
/// [`PipelineError::NoIncident`] when no incident, or more than one, has an id that starts so.
pub async fn say_of_incident(
    state: &State,
    id: &str,
    opinion: Opinion,
    until: Option<Day>,
    by: &str,
    note: Option<String>,
) -> Result<Incident, PipelineError> {
    let (mut incident, version) = find(state, id).await?;
    let end = until.map_or(incident.last, |day| day.max(incident.last)).plus(1);
    let feedback = Feedback {
        scope: incident.scope.clone(),
        days: DayRange { start: incident.start, end },
        opinion,
        incident: incident.id.clone(),
        by: by.to_owned(),
        at: state.now(),
        note,
    };
    incident.state = IncidentState::Expected;
    incident.said.push(feedback.told());
    incident.events.push(event(state, feedback.told()));
    state.ledger.put_feedback(&feedback, &incident, version).await?;
    Ok(incident)
}

/// Keeps that somebody looks at an incident. Doing it again changes nothing.
///
/// # Errors
///
/// [`PipelineError::NoIncident`] when no incident, or more than one, has an id that starts so.
pub async fn acknowledge(state: &State, id: &str, by: &str) -> Result<Incident, PipelineError> {
    let (mut incident, version) = find(state, id).await?;
    if incident.state == IncidentState::Open {
        incident.state = IncidentState::Acknowledged;
        incident.events.push(event(state, format!("acknowledged by {by}")));
        state.ledger.put_incident(&incident, Some(version), None).await?;
    }
    Ok(incident)
}

async fn find(state: &State, id: &str) -> Result<(Incident, u64), PipelineError> {
    let all = state.ledger.incidents(&IncidentState::ALL).await?;
    let mut found = all.into_iter().filter(|(i, _)| i.id.starts_with(id));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (first, _) => Err(PipelineError::NoIncident { id: id.to_owned(), several: first.is_some() }),
    }
}
