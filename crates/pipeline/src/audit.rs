//! Entries of the audit log.

use serde::Serialize;
use tollgate_ledger::AuditProblem;
use tollgate_model::{AuditEvent, Day, PlanRecord};

use crate::Actor;
use crate::{PipelineError, State};

/// The audit log, verified.
#[derive(Clone, Debug, Serialize)]
pub struct VerifiedAudit {
    /// How many entries it has.
    pub entries: u64,
    /// The hash of the last entry.
    pub head: Option<String>,
    /// Where it is not intact.
    pub problems: Vec<AuditProblem>,
}

/// Verifies that each entry of the audit log is linked to the one before, and that `known`, the hash of an earlier last entry, is one.
///
/// # Errors
///
/// When the ledger fails.
pub async fn verify_audit(state: &State, known: Option<&str>) -> Result<VerifiedAudit, PipelineError> {
    let (entries, problems) = state.ledger.verify_audit(known).await?;
    let head = state.ledger.audit_head().await?.map(|head| head.hash);
    Ok(VerifiedAudit { entries, head, problems })
}

/// An entry about any subject.
pub(crate) fn audit_event(state: &State, actor: &Actor, what: &str, subject: &str, note: &str) -> AuditEvent {
    AuditEvent {
        at: state.now(),
        actor: actor.name.clone(),
        action: what.to_owned(),
        subject: subject.to_owned(),
        plan_hash: None,
        via: actor.way(),
        note: note.to_owned(),
        run: state.run.to_string(),
    }
}

/// An entry about a plan, with the plan's hash.
pub(crate) fn plan_audit_event(
    state: &State,
    actor: &Actor,
    what: &str,
    record: &PlanRecord,
    note: &str,
) -> AuditEvent {
    AuditEvent { plan_hash: Some(record.hash.clone()), ..audit_event(state, actor, what, &record.plan.id, note) }
}

/// Writes a refusal into the log, once a day for each subject and reason: repeated attempts must not fill the log.
///
/// # Errors
///
/// When the ledger fails.
pub(crate) async fn record_refusal(state: &State, event: &AuditEvent) -> Result<(), PipelineError> {
    let today = Day::of(state.clock.now());
    let known = state.ledger.audit_about(&event.subject, &[today]).await?;
    if known
        .iter()
        .map(|entry| &entry.event)
        .any(|e| e.action == event.action && e.actor == event.actor && e.note == event.note)
    {
        return Ok(());
    }
    Ok(state.ledger.audit(event).await?)
}
