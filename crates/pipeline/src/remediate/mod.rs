//! Remediate: executes approved plans, a stage at a time, and rolls them back when health checks fail.
//!
//! The ledger holds the whole state before and after each call, so that a run that is killed at any instant leaves nothing for the
//! next one to guess. One run executes a plan at a time, under a lease that expires.

mod halt;
mod plan_run;
mod step;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tollgate_actions::ApprovedPlan;
use tollgate_ledger::LedgerError;
use tollgate_model::execution::Lease;
use tollgate_model::{Day, PlanChange, PlanRecord, PlanState};

pub use halt::{resume, stop_all};

use crate::{Cloud, PipelineError, State};
use plan_run::{PlanRun, save_outcome};

/// How long a lease holds without a renewal: longer than a function runs.
const LEASE: SignedDuration = SignedDuration::from_mins(16);
/// How often and how long one run polls the effect of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Polling {
    /// The time between two reads.
    pub interval: Duration,
    /// Reads of one effect in a run; a later run continues.
    pub attempts: u32,
}

impl Polling {
    /// The polling of a function: up to ten minutes for one effect.
    pub const DEFAULT: Self = Self { interval: Duration::from_secs(5), attempts: 120 };
}

/// The progress of a plan in one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanProgress {
    /// The plan.
    pub plan: String,
    /// Its state now.
    pub state: PlanState,
    /// What was done, or why nothing was done, in lines.
    pub what: Vec<String>,
    /// When it continues.
    pub due: Option<Timestamp>,
}

/// Advances every approved plan, or one of them, by at most one stage. Repeated or concurrent calls do nothing twice.
///
/// # Errors
///
/// When the ledger fails. A refusal by the provider becomes part of the plan's state.
pub async fn remediate(
    state: &State,
    cloud: &Cloud,
    plan: Option<&str>,
    polling: Polling,
) -> Result<Vec<PlanProgress>, PipelineError> {
    let open = state.ledger.plans(&[PlanState::Approved, PlanState::Running]).await?;
    let mut out = Vec::new();
    let mut failed = None;
    for record in open.into_iter().filter(|r| plan.is_none_or(|id| r.plan.id == id) && r.plan.rollout.is_some()) {
        // A plan that fails does not stop the other plans.
        match advance(state, cloud, record, polling).await {
            Ok(advanced) => out.push(advanced),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(out), Err)
}

async fn advance(
    state: &State,
    cloud: &Cloud,
    record: PlanRecord,
    polling: Polling,
) -> Result<PlanProgress, PipelineError> {
    let idle = |record: &PlanRecord, what: String, due: Option<Timestamp>| PlanProgress {
        plan: record.plan.id.clone(),
        state: record.state,
        what: vec![what],
        due,
    };
    if let Some(halt) = state.ledger.active_halt().await? {
        return Ok(idle(&record, format!("{} stopped all changes at {}: {}", halt.who, halt.at, halt.why), None));
    }
    let id = record.plan.id.clone();
    let approved = match prove_approval(state, &record).await? {
        Ok(approved) => approved,
        Err(why) => {
            let mut record = record;
            record.state = PlanState::Halted;
            record.progress.push(format!("not executed: {why}"));
            save_outcome(state, &record, PlanChange::Halted, &why, None).await?;
            return Ok(idle(&record, why, None));
        }
    };
    let now = state.clock.now();
    let (mut execution, version) = state.ledger.execution(&id).await?;
    let held = execution.lease.as_ref().filter(|l| l.run != *state.run && l.until > now);
    if let Some(lease) = held {
        return Ok(idle(&record, format!("run {} is executing it", lease.run), None));
    }
    if let Some(due) = execution.due.filter(|due| *due > now) {
        return Ok(idle(&record, "it is waiting".to_owned(), Some(due)));
    }
    execution.lease = Some(Lease { run: state.run.to_string(), until: now + LEASE });
    match state.ledger.put_execution(&id, &execution, version).await {
        Ok(()) => {}
        Err(LedgerError::Conflict { .. }) => return Ok(idle(&record, "another run is executing it".to_owned(), None)),
        Err(error) => return Err(error.into()),
    }
    let (execution, version) = state.ledger.execution(&id).await?;
    let rollout = record.plan.rollout.clone().ok_or_else(|| LedgerError::Failed(format!("{id} has no rollout")))?;
    let mut run = PlanRun { state, cloud, approved, record, rollout, execution, version, report: Vec::new() };
    run.run_phases(polling).await?;
    let due = run.execution.due;
    Ok(PlanProgress { plan: id, state: run.record.state, what: run.report, due })
}

/// Checks the approval of a plan against the audit log. The inner error is the reason why it is not proved.
async fn prove_approval(state: &State, record: &PlanRecord) -> Result<Result<ApprovedPlan, String>, PipelineError> {
    let days: Vec<Day> = record.decisions.iter().map(|d| Day::of(d.at)).collect();
    let log = state.ledger.audit_about(&record.plan.id, &days).await?;
    Ok(match ApprovedPlan::check(record, &log) {
        Ok(approved) => match log.iter().min_by_key(|entry| entry.number) {
            // The log proves the approval only if it is intact from the plan's first entry on.
            Some(first) => match state.ledger.audit_problem_since(first, state.now()).await? {
                None => Ok(approved),
                Some(broken) => Err(format!(
                    "entry {} of the audit log {}, so the approval is not proved\nhint: `tollgate audit verify`",
                    broken.number, broken.what
                )),
            },
            None => Err("the audit log has no entry of its approval".to_owned()),
        },
        Err(why) => Err(why.to_string()),
    })
}
