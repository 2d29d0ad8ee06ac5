//! Stops all changes at once, and resumes them.

use tollgate_ledger::Halt;
use tollgate_model::{PlanState, StepState};
use tollgate_policy::Role;

use crate::Actor;
use crate::audit::audit_event;
use crate::{PipelineError, State};

/// Stops all changes: no run makes another call. Returns the plans and steps in progress, in lines.
///
/// # Errors
///
/// When the ledger fails.
pub async fn stop_all(state: &State, actor: &Actor, why: &str) -> Result<Vec<String>, PipelineError> {
    // Every role may stop changes, because stopping changes no resource.
    let halt = Halt { who: actor.name.clone(), why: why.to_owned(), at: state.now() };
    state.ledger.set_halt(Some(&halt), &audit_event(state, actor, "stopped all", "remediation", why)).await?;
    let mut out = Vec::new();
    for record in state.ledger.plans(&[PlanState::Approved, PlanState::Running]).await? {
        let plan = &record.plan;
        let mut counts = std::collections::BTreeMap::new();
        let mut under_way = Vec::new();
        for n in 0..plan.steps.len() {
            let step = state.ledger.step(&plan.id, n).await?;
            *counts.entry(step.state.as_str()).or_insert(0) += 1;
            if matches!(step.state, StepState::Applying | StepState::RollingBack) {
                let called = step
                    .calls
                    .iter()
                    .filter(|(_, a)| a.began.is_some() && a.ended.is_none())
                    .map(|(name, _)| name.as_str());
                under_way.push(format!(
                    "  step {}: {} ({})",
                    n + 1,
                    plan.steps[n].what,
                    called.collect::<Vec<_>>().join(", ")
                ));
            }
        }
        let counts: Vec<String> = counts.into_iter().map(|(state, count)| format!("{count} {state}")).collect();
        out.push(format!("{} ({}): {}", plan.id, record.state, counts.join(", ")));
        out.extend(under_way);
    }
    Ok(out)
}

/// Resumes plans where they were stopped.
///
/// # Errors
///
/// [`PipelineError::Forbidden`] when the actor may not, [`PipelineError::Refused`] when nothing is stopped.
pub async fn resume(state: &State, actor: &Actor) -> Result<(), PipelineError> {
    if actor.role < Role::Approver {
        return Err(PipelineError::Forbidden(actor.lacks(Role::Approver)));
    }
    if state.ledger.active_halt().await?.is_none() {
        return Err(PipelineError::Refused("nothing is stopped, so there is nothing to resume".to_owned()));
    }
    Ok(state.ledger.set_halt(None, &audit_event(state, actor, "resumed", "remediation", "")).await?)
}
