//! Closes a month: the allocation is frozen and bound by its hash; a second person approves and locks it. Both are in the audit log.

use serde::Serialize;
use tollgate_ledger::LedgerError;
use tollgate_model::allocation::{AllocationApproval, AllocationPlan, AllocationState, ClosedMonth, FrozenAllocation};
use tollgate_model::{BillingPeriod, same_person};
use tollgate_policy::Role;

use super::allocate_month;
use crate::audit::{audit_event, record_refusal};
use crate::statements::earlier_adjustments;
use crate::{Actor, Context, PipelineError, State};

/// The outcome of a request to close or approve a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum CloseOutcome {
    /// The month is frozen and waits for the approval of a second person.
    Closed {
        /// The month.
        month: ClosedMonth,
    },
    /// The month is frozen and approved.
    Locked {
        /// The month.
        month: ClosedMonth,
    },
    /// The request does not count.
    Refused {
        /// The reason, and what to do.
        why: String,
    },
}

/// How a request is recorded in the audit log.
fn subject(dimension: &str, period: BillingPeriod) -> String {
    format!("allocation {dimension} {period}")
}

/// Freezes the allocation of a month as it is now. A month that is closed and not approved is frozen anew; a locked one never.
///
/// # Errors
///
/// When the month has no charges, or a store fails.
pub async fn close_month(
    context: &Context,
    actor: &Actor,
    period: BillingPeriod,
    plan: &AllocationPlan,
) -> Result<CloseOutcome, PipelineError> {
    let state = &context.state;
    let actor = &identified(state, actor);
    if actor.role < Role::Engineer {
        return Ok(CloseOutcome::Refused { why: actor.lacks(Role::Engineer) });
    }
    let today = tollgate_model::Day::of(state.clock.now());
    if today < period.next().first_day() {
        let why = format!("{period} ends on {}: its charges are not complete", period.next().first_day().plus(-1));
        return Ok(CloseOutcome::Refused { why });
    }
    let known = state.ledger.closed_month(&plan.dimension, period).await?;
    if let Some((month, ..)) = known.as_ref().filter(|(month, ..)| month.state() == AllocationState::Locked) {
        let why = format!(
            "{period} is locked since {}: later changes are adjustments of the next month",
            month.approval.as_ref().map_or(month.closed_at, |a| a.at)
        );
        return Ok(CloseOutcome::Refused { why });
    }
    let allocation = allocate_month(context, period, plan).await?;
    let frozen = FrozenAllocation {
        dimension: plan.dimension.clone(),
        period,
        plan: plan.clone(),
        revisions: allocation.revisions,
        adjustments: earlier_adjustments(context, &plan.dimension, period).await?,
        costs: allocation.costs,
    };
    let month = ClosedMonth {
        dimension: plan.dimension.clone(),
        period,
        hash: frozen.hash().map_err(|e| LedgerError::Failed(e.to_string()))?,
        costs: frozen.costs.len(),
        closed_by: actor.name.clone(),
        closed_at: state.clock.now(),
        approval: None,
    };
    state.ledger.put_allocated_costs(&month, &frozen.costs).await?;
    let version = known.map(|(_, _, version)| version);
    let facts = state.ledger.transaction().closed_month(&month, &frozen, version)?;
    let event = audit_event(state, actor, "closed", &subject(&plan.dimension, period), &month.hash);
    let saved = facts.save_audited(&event).await;
    outcome(saved, period, CloseOutcome::Closed { month })
}

/// Approves a closed month by the hash of what was shown, and locks it.
///
/// # Errors
///
/// When a store fails, or what it holds does not have the hash that was closed.
pub async fn approve_month(
    state: &State,
    actor: &Actor,
    dimension: &str,
    period: BillingPeriod,
    hash: &str,
) -> Result<CloseOutcome, PipelineError> {
    let actor = &identified(state, actor);
    let refused = |why: String| CloseOutcome::Refused { why };
    let Some((mut month, frozen, version)) = state.ledger.closed_month(dimension, period).await? else {
        let why = format!("{period} is not closed\nhint: `tollgate allocation close --period {period}` closes it");
        return Ok(refused(why));
    };
    if let Some(why) = may_not_approve(state, actor, &month, hash) {
        let event = audit_event(state, actor, "refused", &subject(dimension, period), &why);
        record_refusal(state, &event).await?;
        return Ok(refused(why));
    }
    month.approval = Some(AllocationApproval { who: actor.name.clone(), at: state.clock.now() });
    let facts = state.ledger.transaction().closed_month(&month, &frozen, Some(version))?;
    let event = audit_event(state, actor, "approved", &subject(dimension, period), &month.hash);
    let saved = facts.save_audited(&event).await;
    outcome(saved, period, CloseOutcome::Locked { month })
}

/// The outcome of a request that was saved, or that lost to one of another person at the same time.
fn outcome(
    saved: Result<(), LedgerError>,
    period: BillingPeriod,
    wanted: CloseOutcome,
) -> Result<CloseOutcome, PipelineError> {
    match saved {
        Ok(()) => Ok(wanted),
        Err(LedgerError::Conflict { .. }) => {
            let why = format!(
                "a different request closed or approved {period} at the same time, and this one changed nothing\n\
                 hint: `tollgate allocation show --period {period}` shows the month as it is now"
            );
            Ok(CloseOutcome::Refused { why })
        }
        Err(error) => Err(error.into()),
    }
}

/// Why an actor must not approve a month.
fn may_not_approve(state: &State, actor: &Actor, month: &ClosedMonth, hash: &str) -> Option<String> {
    if actor.role < Role::Approver {
        return Some(actor.lacks(Role::Approver));
    }
    if let AllocationState::Locked = month.state() {
        return Some(format!("{} is locked already", month.period));
    }
    let shown = hash == month.hash || (hash.len() >= 16 && month.hash.starts_with(hash));
    if !shown {
        return Some(
            "the hash is not that of the closed month: it is mistyped, or the month was closed again".to_owned(),
        );
    }
    if same_person(&actor.name, &month.closed_by) {
        return Some(format!("{} closed it: a different person must approve", month.closed_by));
    }
    let known = state.policy.people.iter().any(|p| same_person(&p.name, &actor.name));
    (!known).then(|| {
        let name = actor.name.trim();
        format!("{name} is not a person of tollgate.hcl, so the approver cannot be identified; add person \"{name}\" {{ … }}")
    })
}

/// The actor with the name that the policy file has for them.
fn identified(state: &State, actor: &Actor) -> Actor {
    let known = state.policy.people.iter().find(|p| same_person(&p.name, &actor.name));
    Actor { name: known.map_or_else(|| actor.name.trim().to_owned(), |p| p.name.clone()), ..actor.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loser_of_two_requests_reads_a_sentence_without_keys_of_the_ledger() {
        let period: BillingPeriod = "2026-10".parse().unwrap();
        let wanted = || CloseOutcome::Refused { why: "wanted".to_owned() };
        let conflict = || LedgerError::Conflict { pk: "local#ALLOCATION#team".to_owned(), sk: "2026-10".to_owned() };
        let Ok(CloseOutcome::Refused { why }) = outcome(Err(conflict()), period, wanted()) else {
            panic!("not refused")
        };
        assert!(why.starts_with("a different request closed or approved 2026-10"), "{why}");
        assert!(!why.contains('#') && why.contains("tollgate allocation show --period 2026-10"), "{why}");
        assert_eq!(outcome(Ok(()), period, wanted()).unwrap(), wanted());
        assert!(outcome(Err(LedgerError::Failed("disk".to_owned())), period, wanted()).is_err());
    }
}
