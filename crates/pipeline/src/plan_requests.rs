//! Requests for plans: the chat asks, and a process that may read resources makes the plans.

use tollgate_ledger::PlanRequest;
use tollgate_model::Day;
use tollgate_model::hash::bytes_hash;
use tollgate_policy::Role;

use crate::Actor;
use crate::change_plans::{PlanInput, plan_change};
use crate::plan_life::plan_due_message;
use crate::{Cloud, PipelineError, State};

/// Requests a plan from recommendations. A process that may read resources makes it; the process that answers the chat may not.
///
/// # Errors
///
/// [`PipelineError::Forbidden`] when the actor may not.
pub async fn request_plan(state: &State, actor: &Actor, advice: &[String]) -> Result<(), PipelineError> {
    if actor.role < Role::Engineer {
        return Err(PipelineError::Forbidden(actor.lacks(Role::Engineer)));
    }
    let name = format!("{}|{}|{}", actor.name, advice.join(","), Day::of_second(state.clock.now().as_second()));
    let request = format!("r-{:016x}", bytes_hash(name.as_bytes()) >> 64);
    let asked = PlanRequest {
        request: request.clone(),
        advice: advice.to_vec(),
        who: actor.name.clone(),
        chat: actor.chat.clone(),
    };
    Ok(state.ledger.transaction().request(&asked)?.message(&plan_due_message(state, &request, "asked"))?.save().await?)
}

/// Makes the requested plans. Returns the outcome of each, in lines.
///
/// # Errors
///
/// When the ledger fails. A request that cannot be planned is reported and removed.
pub async fn fulfil_plan_requests(state: &State, cloud: &Cloud) -> Result<Vec<String>, PipelineError> {
    let mut out = Vec::new();
    for (key, asked) in state.ledger.plan_requests().await? {
        // The permission was checked when the request was made.
        let actor = Actor { name: asked.who.clone(), role: Role::Engineer, chat: asked.chat.clone(), caller: None };
        match plan_change(state, cloud, &actor, &PlanInput::Advice(asked.advice.clone()), &asked.request).await {
            Ok(built) => out.push(format!("{}: proposed as {}", asked.request, built.record.plan.id)),
            Err(error) if error.retryable() => {
                out.push(format!("{}: later: {error}", asked.request));
                continue;
            }
            Err(error) => out.push(format!("{}: not planned: {error}", asked.request)),
        }
        state.ledger.finish_request(&key).await?;
    }
    Ok(out)
}
