//! A new policy file of a deployment: it is verified, put into effect with an entry of the audit log, and divides the charges anew.

use std::sync::Arc;

use serde::Serialize;
use tollgate_ledger::PolicyFile;
use tollgate_model::hash::sha256_of;
use tollgate_policy::{Policy, Role};

use crate::audit::audit_event;
use crate::{Actor, Context, PipelineError, State, announce_revisions, apply_dimensions};

/// A policy file that was put into effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PushedPolicy {
    /// Its hash, by which the audit log names it.
    pub hash: String,
    /// How many budgets it has.
    pub budgets: usize,
    /// How many dimensions it has.
    pub dimensions: usize,
    /// Billing periods that were sorted by its dimensions.
    pub sorted_periods: usize,
}

/// Verifies a policy file for a deployment, which has this file and no table beside it.
///
/// # Errors
///
/// With every error of the file, each with its place.
pub fn check_policy(file: &str, text: &str) -> Result<Policy, PipelineError> {
    let policy = Policy::parse(file, text).map_err(|error| PipelineError::Refused(error.to_string()))?;
    for table in &policy.entities {
        let setting = format!("entity.{}.file", table.dimension);
        if let Some(place) = policy.place_of(&setting) {
            return Err(PipelineError::Refused(format!(
                "{place}: a deployment cannot read a table beside the policy file\nhint: write the table into the file: csv = <<CSV"
            )));
        }
    }
    Ok(policy)
}

/// Puts a policy file into effect. Returns what it has, and the store under it.
///
/// # Errors
///
/// When the file has an error, the actor may not, or a store fails.
pub async fn push_policy(
    context: &Context,
    actor: &Actor,
    file: &str,
    text: &str,
) -> Result<(PushedPolicy, Context), PipelineError> {
    if actor.role < Role::Admin {
        return Err(PipelineError::Forbidden(actor.lacks(Role::Admin)));
    }
    let policy = check_policy(file, text)?;
    let (state, hash) = (&context.state, sha256_of(text.as_bytes()));
    let pushed = PolicyFile { text: text.to_owned(), by: actor.name.clone(), at: state.now() };
    let event = audit_event(state, actor, "replaced", "policy", &format!("SHA-256 {hash}"));
    state.ledger.put_policy_file_audited(&pushed, &event).await?;
    let (budgets, dimensions) = (policy.budgets.len(), policy.dimensions.len());
    let state = State { policy: Arc::new(policy), ..state.clone() };
    let context = Context { state, ..context.clone() };
    let sorted_periods = apply_dimensions(&context).await?;
    if sorted_periods > 0 {
        announce_revisions(&context.state).await?;
    }
    Ok((PushedPolicy { hash, budgets, dimensions, sorted_periods }, context))
}
