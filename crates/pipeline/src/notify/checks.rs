//! Checks that were scheduled: an incident that nobody acknowledged, a snooze that ended, a plan that expires.

use tollgate_ledger::ScheduledCheck;
use tollgate_model::{Content, IncidentChange, IncidentState, MessageId};

use crate::{PipelineError, State, plan_life};

/// Runs the checks that are due.
pub(super) async fn run_checks(state: &State) -> Result<(), PipelineError> {
    for (key, check) in state.ledger.due_checks(state.clock.now()).await? {
        let message = match &check {
            ScheduledCheck::Unanswered { incident, message } => match state.ledger.incident(incident).await? {
                Some((incident, _)) if incident.state == IncidentState::Open => {
                    let id = MessageId::new(&incident.id, &format!("unanswered-{}", message.event()));
                    let change = IncidentChange::Unanswered;
                    Some(state.message(id, Content::Incident { change, incident: Box::new(incident) }))
                }
                _ => None,
            },
            ScheduledCheck::Snoozed { incident } => match state.ledger.incident(incident).await? {
                // An incident that was snoozed again has another check.
                Some((incident, _)) if incident.is_live() && !incident.is_snoozed(state.clock.now()) => {
                    let until = incident.snoozed_until.map_or(String::new(), |until| format!("-{until}"));
                    let id = format!("{}#reminded{until}", incident.id);
                    let change = IncidentChange::Reminded;
                    Some(state.message(id, Content::Incident { change, incident: Box::new(incident) }))
                }
                _ => None,
            },
            ScheduledCheck::PlanExpires { plan } => {
                plan_life::expire_plan(state, plan).await?;
                None
            }
        };
        let mut transaction = state.ledger.transaction().finish_check(&key);
        if let Some(message) = &message {
            transaction = transaction.message(message)?;
        }
        transaction.save().await?;
    }
    Ok(())
}
