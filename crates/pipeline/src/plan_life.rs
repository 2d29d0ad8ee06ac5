//! The life of a plan: its safety limits, its messages and its expiry.

use jiff::Timestamp;
use tollgate_actions::SafetyLimits;
use tollgate_ledger::LedgerError;
use tollgate_model::{Content, Message, PlanChange, PlanRecord, PlanState};
use tollgate_policy::RemediationSettings;

use crate::Actor;
use crate::audit::plan_audit_event;
use crate::{PipelineError, State};

/// The safety limits of a policy.
pub(crate) fn safety_limits(settings: &RemediationSettings) -> SafetyLimits {
    SafetyLimits {
        max_steps: settings.max_steps,
        max_share_percent: settings.max_share_percent,
        max_money_a_day: settings.max_money_a_day,
        max_unpriced_a_day: settings.max_unpriced_a_day,
        accounts: settings.accounts.clone(),
        deny_tags: settings.deny_tags.clone(),
    }
}

/// The message that a plan has changed.
pub(crate) fn plan_message(state: &State, change: PlanChange, record: &PlanRecord) -> Message {
    let id = match change {
        PlanChange::Endorsed => format!("{}#endorsed-{}", record.plan.id, record.decisions.len()),
        PlanChange::Advanced => format!("{}#advanced-{}", record.plan.id, record.progress.len()),
        _ => format!("{}#{}", record.plan.id, change.as_str()),
    };
    state.message(id, Content::Plan { change, plan: Box::new(record.clone()) })
}

/// The message to the function that executes plans: it may advance this one.
pub(crate) fn plan_due_message(state: &State, plan: &str, why: &str) -> Message {
    state.message(format!("{plan}#due-{why}"), Content::PlanDue { plan: plan.to_owned() })
}

/// Whether the time for a decision has passed.
pub(crate) fn has_expired(record: &PlanRecord, now: Timestamp) -> bool {
    now >= record.plan.expires_at
}

/// Ends a plan that was not decided in time. Doing it again changes nothing.
///
/// # Errors
///
/// When the ledger fails.
pub(crate) async fn expire_plan(state: &State, id: &str) -> Result<(), PipelineError> {
    let Some((mut record, version)) = state.ledger.plan(id).await? else { return Ok(()) };
    if record.state != PlanState::Proposed || !has_expired(&record, state.clock.now()) {
        return Ok(());
    }
    record.state = PlanState::Expired;
    let message = plan_message(state, PlanChange::Expired, &record);
    let facts = state.ledger.transaction().plan(&record, Some(version))?.message(&message)?;
    match facts.save_audited(&plan_audit_event(state, &Actor::tollgate(), "expired", &record, "")).await {
        Ok(()) | Err(LedgerError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
