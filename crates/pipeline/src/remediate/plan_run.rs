//! The run of one plan: phase by phase, under a lease, with every step of progress in the ledger.

use jiff::{SignedDuration, Timestamp};
use tollgate_actions::{ApprovedPlan, next_start};
use tollgate_cloud::Health;
use tollgate_ledger::LedgerError;
use tollgate_model::execution::{Lease, Phase};
use tollgate_model::text::counted;
use tollgate_model::{
    AdviceEvent, AdviceState, Change, Execution, PlanChange, PlanRecord, PlanState, Rollback, Rollout, StepRecord,
    StepState,
};

use super::step::{StepOutcome, StepRun};
use super::{LEASE, Polling};
use crate::Actor;
use crate::audit::plan_audit_event;
use crate::plan_life::plan_message;
use crate::{Cloud, PipelineError, State};

/// When an unfinished plan is advanced again.
const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// Reasons for which a plan is advanced again soon.
const IN_PROGRESS: &str = "a call is in progress";
const STOPPED: &str = "all changes are stopped";

/// The execution of one plan by one run, under a lease.
pub(super) struct PlanRun<'r> {
    pub(super) state: &'r State,
    pub(super) cloud: &'r Cloud,
    pub(super) approved: ApprovedPlan,
    pub(super) record: PlanRecord,
    pub(super) rollout: Rollout,
    pub(super) execution: Execution,
    pub(super) version: Option<u64>,
    pub(super) report: Vec<String>,
}

/// Saves a change of a plan together with its message and its audit entry.
pub(super) async fn save_outcome(
    state: &State,
    record: &PlanRecord,
    change: PlanChange,
    note: &str,
    execution: Option<(&Execution, Option<u64>)>,
) -> Result<(), PipelineError> {
    let mut facts =
        state.ledger.transaction().plan_under_lease(record)?.message(&plan_message(state, change, record))?;
    if let Some((execution, version)) = execution {
        facts = facts.execution(&record.plan.id, execution, version)?;
    }
    Ok(facts.save_audited(&plan_audit_event(state, &Actor::tollgate(), change.label(), record, note)).await?)
}

impl PlanRun<'_> {
    /// Runs one phase after another, until the plan has to wait or is over.
    pub(super) async fn run_phases(&mut self, polling: Polling) -> Result<(), PipelineError> {
        loop {
            let continues = match self.execution.phase {
                Phase::Mark => self.tag_resources(polling).await?,
                Phase::Apply => self.apply_stage(polling).await?,
                Phase::Soak => self.check_stage().await?,
                Phase::RollBack => self.roll_back(polling).await?,
                Phase::Over => false,
            };
            if !continues {
                return Ok(());
            }
        }
    }

    fn change(&self, step: usize) -> Option<&Change> {
        self.record.plan.steps.get(step)?.change.as_deref()
    }

    fn step_count(&self) -> usize {
        self.record.plan.steps.len()
    }

    /// The steps of the current stage.
    fn steps_of_stage(&self) -> std::ops::Range<usize> {
        let stages = &self.rollout.stages;
        let from = self.execution.stage.checked_sub(1).and_then(|s| stages.get(s)).map_or(0, |s| s.through);
        from..stages.get(self.execution.stage).map_or(from, |s| s.through.min(self.step_count()))
    }

    /// Saves the phase and renews the lease. With a `due` in the future the lease is released until then.
    async fn save(&mut self, phase: Phase, due: Option<Timestamp>) -> Result<(), PipelineError> {
        self.execution.phase = phase;
        self.execution.due = due;
        let now = self.state.clock.now();
        let waits = due.is_some_and(|d| d > now);
        self.execution.lease = (!waits).then(|| Lease { run: self.state.run.to_string(), until: now + LEASE });
        let id = self.record.plan.id.clone();
        if let (true, Some(due)) = (waits, due) {
            // The wake comes first: a run that is killed in between causes a needless wake, and never a missing one.
            self.cloud.timer.wake(&id, due).await?;
        }
        self.state.ledger.put_execution(&id, &self.execution, self.version).await?;
        self.version = self.state.ledger.execution(&id).await?.1;
        Ok(())
    }

    /// Adds a line to the progress that is kept with the plan.
    fn add_progress(&mut self, line: String) {
        self.record.progress.push(line.clone());
        self.report.push(line);
    }

    /// Saves the plan's record with a quiet message and an audit entry.
    async fn save_progress(&self, note: &str) -> Result<(), PipelineError> {
        save_outcome(self.state, &self.record, PlanChange::Advanced, note, None).await
    }

    fn step_run(&self, polling: Polling) -> StepRun<'_> {
        // Without a lease no call is made.
        let until = self.execution.lease.as_ref().map_or(Timestamp::MIN, |lease| lease.until);
        StepRun { state: self.state, cloud: self.cloud, approved: &self.approved, polling, until }
    }

    /// Tags the resources to delete, so that their owners have time to object.
    async fn tag_resources(&mut self, polling: Polling) -> Result<bool, PipelineError> {
        if !self.window_is_open().await? {
            return Ok(false);
        }
        if !self.is_healthy_before().await? {
            return Ok(false);
        }
        if self.record.state == PlanState::Approved {
            self.record.state = PlanState::Running;
            self.add_progress(format!(
                "began: {} in {}",
                counted(self.step_count(), "step", "steps"),
                counted(self.rollout.stages.len(), "stage", "stages")
            ));
            self.save_progress("").await?;
        }
        let mut days = 0;
        for step in 0..self.step_count() {
            let Some(wait) = self.change(step).map(|c| c.wait_days).filter(|days| *days > 0) else { continue };
            self.save(Phase::Mark, None).await?;
            match self.step_run(polling).tag_resource(step).await? {
                StepOutcome::Done => days = days.max(wait),
                StepOutcome::Skipped(why) => self.record_skip(step, &why).await?,
                StepOutcome::Pending => return self.wait(Phase::Mark, IN_PROGRESS).await,
                StepOutcome::Halted => return self.wait(Phase::Mark, STOPPED).await,
                StepOutcome::Failed(why) => return self.begin_rollback(format!("step {}: {why}", step + 1)).await,
            }
        }
        if days == 0 {
            self.save(Phase::Apply, None).await?;
            return Ok(true);
        }
        let due = self.state.clock.now() + SignedDuration::from_hours(i64::from(days) * 24);
        self.add_progress(format!("tagged the resources to delete; owners may object for {days} days"));
        self.save_progress("").await?;
        self.save(Phase::Apply, Some(due)).await?;
        Ok(false)
    }

    /// Executes the steps of a stage.
    async fn apply_stage(&mut self, polling: Polling) -> Result<bool, PipelineError> {
        if !self.window_is_open().await? {
            return Ok(false);
        }
        let Some(stage) = self.rollout.stages.get(self.execution.stage).cloned() else { return self.complete().await };
        // Health may have changed in the days in which owners could object.
        if self.execution.stage == 0 && !self.is_healthy_before().await? {
            return Ok(false);
        }
        for step in self.steps_of_stage() {
            self.save(Phase::Apply, None).await?;
            match self.step_run(polling).run(step).await? {
                StepOutcome::Done => {}
                StepOutcome::Skipped(why) => self.record_skip(step, &why).await?,
                StepOutcome::Pending => return self.wait(Phase::Apply, IN_PROGRESS).await,
                StepOutcome::Halted => return self.wait(Phase::Apply, STOPPED).await,
                StepOutcome::Failed(why) => return self.begin_rollback(format!("step {}: {why}", step + 1)).await,
            }
        }
        self.add_progress(format!("{}: through step {} of {}", stage.name, stage.through, self.step_count()));
        self.save_progress("").await?;
        let due = self.state.clock.now() + SignedDuration::from_secs(stage.soak_seconds.into());
        self.save(Phase::Soak, Some(due)).await?;
        Ok(stage.soak_seconds == 0)
    }

    /// Checks health after a stage: continues with the next stage, or rolls back.
    async fn check_stage(&mut self) -> Result<bool, PipelineError> {
        let name = self.rollout.stages.get(self.execution.stage).map_or("", |s| s.name.as_str()).to_owned();
        if let Some(why) = self.unhealthy_reason().await {
            return self.begin_rollback(format!("after {name}: {why}")).await;
        }
        self.execution.stage += 1;
        self.save(Phase::Apply, None).await?;
        Ok(true)
    }

    /// Rolls steps back, the last one first.
    async fn roll_back(&mut self, polling: Polling) -> Result<bool, PipelineError> {
        let from = if self.rollout.rollback == Rollback::Stage { self.steps_of_stage().start } else { 0 };
        for step in (from..self.step_count()).rev() {
            self.save(Phase::RollBack, None).await?;
            match self.step_run(polling).roll_back(step).await? {
                StepOutcome::Done | StepOutcome::Skipped(_) => {}
                StepOutcome::Pending => return self.wait(Phase::RollBack, IN_PROGRESS).await,
                StepOutcome::Halted => return self.wait(Phase::RollBack, STOPPED).await,
                StepOutcome::Failed(why) => self.report.push(format!("step {}: {why}", step + 1)),
            }
        }
        let mut lost = Vec::new();
        for step in 0..self.step_count() {
            let record = self.state.ledger.step(&self.record.plan.id, step).await?;
            lost.extend(record.lost.iter().map(|what| format!("step {}: {what}", step + 1)));
        }
        self.record.not_restored = lost;
        self.record.state = PlanState::RolledBack;
        let missing = self.record.not_restored.len();
        self.add_progress(if missing == 0 {
            "rolled back; everything is restored".to_owned()
        } else {
            format!("rolled back; {missing} items are not restored")
        });
        self.finish(PlanChange::RolledBack).await
    }

    async fn complete(&mut self) -> Result<bool, PipelineError> {
        let mut done = 0;
        for step in 0..self.step_count() {
            done += usize::from(self.state.ledger.step(&self.record.plan.id, step).await?.state == StepState::Applied);
        }
        self.record.state = PlanState::Done;
        self.add_progress(format!("done: {done} of {} steps", self.step_count()));
        self.finish(PlanChange::Done).await
    }

    async fn finish(&mut self, change: PlanChange) -> Result<bool, PipelineError> {
        self.execution.phase = Phase::Over;
        (self.execution.due, self.execution.lease) = (None, None);
        // The advice comes first: a run that is killed here finds the plan not over yet and repeats it.
        self.close_advice().await?;
        let note = self.record.not_restored.join("; ");
        save_outcome(self.state, &self.record, change, &note, Some((&self.execution, self.version))).await?;
        Ok(false)
    }

    /// Marks the plan's advice as done, or as open again.
    async fn close_advice(&self) -> Result<(), PipelineError> {
        for step in 0..self.step_count() {
            let Some(id) = self.change(step).and_then(|c| c.advice.clone()) else { continue };
            let Some((mut advice, version)) = self.state.ledger.advice(&id).await? else { continue };
            let record: StepRecord = self.state.ledger.step(&self.record.plan.id, step).await?;
            let applied = record.state == StepState::Applied;
            if advice.state != AdviceState::Planned {
                continue;
            }
            advice.state = if applied { AdviceState::Done } else { AdviceState::Open };
            let what = match record.why {
                Some(why) if !applied => format!("{}: {} ({why})", self.record.plan.id, record.state.as_str()),
                _ => format!("{}: {}", self.record.plan.id, record.state.as_str()),
            };
            advice.events.push(AdviceEvent { at: self.state.now(), who: "tollgate".to_owned(), what });
            match self.state.ledger.put_advice(&advice, Some(version)).await {
                // The advice was changed at the same time: that change stays, and the next run of advice corrects the state.
                Ok(()) | Err(LedgerError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn record_skip(&mut self, step: usize, why: &str) -> Result<(), PipelineError> {
        self.add_progress(format!("step {} skipped: {why}", step + 1));
        self.save_progress(why).await
    }

    /// Begins the rollback.
    async fn begin_rollback(&mut self, why: String) -> Result<bool, PipelineError> {
        self.add_progress(format!("{why}; rolling back"));
        self.save_progress(&why).await?;
        self.save(Phase::RollBack, None).await?;
        Ok(true)
    }

    async fn wait(&mut self, phase: Phase, why: &str) -> Result<bool, PipelineError> {
        let due = self.state.clock.now() + RETRY_AFTER;
        self.report.push(why.to_owned());
        self.save(phase, Some(due)).await?;
        Ok(false)
    }

    /// Whether changes may be made now. If not, the plan waits for its change window.
    async fn window_is_open(&mut self) -> Result<bool, PipelineError> {
        let now = self.state.clock.now();
        match next_start(&self.rollout, now) {
            Some(at) if at <= now => Ok(true),
            Some(at) => {
                self.report.push(format!("waits for its change window: {at}"));
                let phase = self.execution.phase;
                self.save(phase, Some(at)).await?;
                Ok(false)
            }
            None => {
                self.halt("no change window opens in the next sixty days").await?;
                Ok(false)
            }
        }
    }

    /// Whether health checks pass before the first change. If not, the plan halts.
    async fn is_healthy_before(&mut self) -> Result<bool, PipelineError> {
        let mut begun = false;
        for step in 0..self.step_count() {
            let step = self.state.ledger.step(&self.record.plan.id, step).await?;
            begun = begun || step.state == StepState::Applying || step.state == StepState::Applied;
        }
        if begun {
            return Ok(true);
        }
        match self.unhealthy_reason().await {
            None => Ok(true),
            Some(why) => {
                self.halt(&format!("not started: {why}")).await?;
                Ok(false)
            }
        }
    }

    async fn halt(&mut self, why: &str) -> Result<(), PipelineError> {
        self.record.state = PlanState::Halted;
        self.add_progress(why.to_owned());
        self.finish(PlanChange::Halted).await.map(drop)
    }

    /// The reason of the first health check that fails.
    async fn unhealthy_reason(&self) -> Option<String> {
        let place =
            (0..self.step_count()).find_map(|s| self.change(s)).map(|c| c.resource.place.clone()).unwrap_or_default();
        let now = self.state.clock.now();
        for check in &self.rollout.health {
            if let Health::Unhealthy(why) = self.cloud.inventory.health(&place, check, now).await {
                return Some(why);
            }
        }
        None
    }
}
