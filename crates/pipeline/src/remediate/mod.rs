//! Remediate: an approved plan is executed, a stage at a time, and taken back when health falls.
//!
//! All that is known is in the ledger before and after each call, so that whoever is killed at any instant leaves nothing that the
//! next one has to guess. A plan is worked on by one run at a time, by a lease that runs out.

mod halt;
mod step;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tollgate_actions::{Approved, may_begin};
use tollgate_cloud::Health;
use tollgate_ledger::LedgerError;
use tollgate_model::execution::{Lease, Phase};
use tollgate_model::{
    AdviceEvent, AdviceState, Change, Day, Execution, PlanChange, PlanRecord, PlanState, Rollback, Rollout, StepRecord,
    StepState,
};

pub use halt::{go_on, stop_all};

use crate::approvals::{entry, told};
use crate::chat::Actor;
use crate::{Cloud, PipelineError, State};
use step::{Outcome, Work};

/// How long a run holds a plan without renewing it: longer than a function runs.
const LEASE: SignedDuration = SignedDuration::from_mins(16);
/// When something that is not finished is looked at again.
const AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// Why a plan is looked at again soon.
const UNDER_WAY: &str = "a call is under way";
const STOPPED: &str = "somebody has stopped everything";

/// How long effects are waited for in one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Between two looks.
    pub every: Duration,
    /// Looks at one effect; then it is looked at in a later call.
    pub looks: u32,
}

impl Patience {
    /// A function's: ten minutes of one effect at most.
    pub const USUAL: Self = Self { every: Duration::from_secs(5), looks: 120 };
}

/// What became of a plan in one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advanced {
    /// The plan.
    pub plan: String,
    /// What it is now.
    pub state: PlanState,
    /// What was done or why nothing was, a line each.
    pub what: Vec<String>,
    /// When it goes on, as an RFC 3339 instant.
    pub due: Option<Timestamp>,
}

/// Goes on with every approved plan, or with one. Each is advanced by one stage at most; doing it again, also at the same time, does
/// nothing twice.
///
/// # Errors
///
/// When the ledger fails. What a provider refuses ends in the plan's own state.
pub async fn remediate(
    state: &State,
    cloud: &Cloud,
    plan: Option<&str>,
    patience: Patience,
) -> Result<Vec<Advanced>, PipelineError> {
    let open = state.ledger.plans(&[PlanState::Approved, PlanState::Running]).await?;
    let mut out = Vec::new();
    let mut failed = None;
    for record in open.into_iter().filter(|r| plan.is_none_or(|id| r.plan.id == id) && r.plan.rollout.is_some()) {
        // One plan that cannot be dealt with keeps none of the others.
        match advance(state, cloud, record, patience).await {
            Ok(advanced) => out.push(advanced),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(out), Err)
}

/// One plan in the hands of one run.
struct Hand<'h> {
    state: &'h State,
    cloud: &'h Cloud,
    approved: Approved,
    record: PlanRecord,
    rollout: Rollout,
    execution: Execution,
    version: Option<u64>,
    said: Vec<String>,
}

async fn advance(
    state: &State,
    cloud: &Cloud,
    record: PlanRecord,
    patience: Patience,
) -> Result<Advanced, PipelineError> {
    let idle = |record: &PlanRecord, what: String, due: Option<Timestamp>| Advanced {
        plan: record.plan.id.clone(),
        state: record.state,
        what: vec![what],
        due,
    };
    if let Some(halt) = state.ledger.active_halt().await? {
        return Ok(idle(&record, format!("{} has stopped everything at {}: {}", halt.who, halt.at, halt.why), None));
    }
    let id = record.plan.id.clone();
    let days: Vec<Day> = record.decisions.iter().map(|d| Day::of(d.at)).collect();
    let log = state.ledger.audit_about(&id, &days).await?;
    let checked = match Approved::check(&record, &log) {
        Ok(approved) => match log.iter().min_by_key(|entry| entry.number) {
            // What was approved stands in the log only as long as the log is whole from there on.
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
    };
    let approved = match checked {
        Ok(approved) => approved,
        Err(why) => {
            let mut record = record;
            record.state = PlanState::Halted;
            record.progress.push(format!("not executed: {why}"));
            end(state, &record, PlanChange::Halted, &why, None).await?;
            return Ok(idle(&record, why, None));
        }
    };
    let now = state.clock.now();
    let (mut execution, version) = state.ledger.execution(&id).await?;
    let held = execution.lease.as_ref().filter(|l| l.run != *state.run && l.until > now);
    if let Some(lease) = held {
        return Ok(idle(&record, format!("run {} works on it", lease.run), None));
    }
    if let Some(due) = execution.due.filter(|due| *due > now) {
        return Ok(idle(&record, "it waits".to_owned(), Some(due)));
    }
    execution.lease = Some(Lease { run: state.run.to_string(), until: now + LEASE });
    match state.ledger.put_execution(&id, &execution, version).await {
        Ok(()) => {}
        Err(LedgerError::Conflict { .. }) => return Ok(idle(&record, "another run works on it".to_owned(), None)),
        Err(error) => return Err(error.into()),
    }
    let (execution, version) = state.ledger.execution(&id).await?;
    let rollout = record.plan.rollout.clone().ok_or_else(|| LedgerError::Failed(format!("{id} has no rollout")))?;
    let mut hand = Hand { state, cloud, approved, record, rollout, execution, version, said: Vec::new() };
    hand.go(patience).await?;
    let due = hand.execution.due;
    Ok(Advanced { plan: id, state: hand.record.state, what: hand.said, due })
}

/// Keeps how a plan ended or stands still, tells of it and writes it into the audit log.
async fn end(
    state: &State,
    record: &PlanRecord,
    change: PlanChange,
    note: &str,
    execution: Option<(&Execution, Option<u64>)>,
) -> Result<(), PipelineError> {
    let mut facts = state.ledger.transaction().plan_under_lease(record)?.message(&told(state, change, record))?;
    if let Some((execution, version)) = execution {
        facts = facts.execution(&record.plan.id, execution, version)?;
    }
    Ok(facts.save_audited(&entry(state, &Actor::tollgate(), change.label(), record, note)).await?)
}

impl Hand<'_> {
    /// From phase to phase, until something is to be waited for.
    async fn go(&mut self, patience: Patience) -> Result<(), PipelineError> {
        loop {
            let goes_on = match self.execution.phase {
                Phase::Mark => self.mark(patience).await?,
                Phase::Apply => self.apply(patience).await?,
                Phase::Soak => self.soak().await?,
                Phase::RollBack => self.undo(patience).await?,
                Phase::Over => false,
            };
            if !goes_on {
                return Ok(());
            }
        }
    }

    fn change(&self, step: usize) -> Option<&Change> {
        self.record.plan.steps.get(step)?.change.as_deref()
    }

    fn steps(&self) -> usize {
        self.record.plan.steps.len()
    }

    /// Steps of the stage that is next or was last.
    fn of_stage(&self) -> std::ops::Range<usize> {
        let stages = &self.rollout.stages;
        let from = self.execution.stage.checked_sub(1).and_then(|s| stages.get(s)).map_or(0, |s| s.through);
        from..stages.get(self.execution.stage).map_or(from, |s| s.through.min(self.steps()))
    }

    /// Keeps how far the plan is, and renews the lease; `due` gives the plan back until then.
    async fn keep(&mut self, phase: Phase, due: Option<Timestamp>) -> Result<(), PipelineError> {
        self.execution.phase = phase;
        self.execution.due = due;
        let now = self.state.clock.now();
        let waits = due.is_some_and(|d| d > now);
        self.execution.lease = (!waits).then(|| Lease { run: self.state.run.to_string(), until: now + LEASE });
        let id = self.record.plan.id.clone();
        if let (true, Some(due)) = (waits, due) {
            // First the wake: whoever is killed between them is woken for nothing, and never not woken.
            self.cloud.timer.wake(&id, due).await?;
        }
        self.state.ledger.put_execution(&id, &self.execution, self.version).await?;
        self.version = self.state.ledger.execution(&id).await?.1;
        Ok(())
    }

    /// A line of progress that is kept with the plan.
    fn say(&mut self, line: String) {
        self.record.progress.push(line.clone());
        self.said.push(line);
    }

    /// Keeps the plan's record, tells quietly, and writes the audit log.
    async fn tell(&self, note: &str) -> Result<(), PipelineError> {
        end(self.state, &self.record, PlanChange::Advanced, note, None).await
    }

    fn work(&self, patience: Patience) -> Work<'_> {
        // Without a lease nothing is called.
        let until = self.execution.lease.as_ref().map_or(Timestamp::MIN, |lease| lease.until);
        Work { state: self.state, cloud: self.cloud, approved: &self.approved, patience, until }
    }

    /// What is to be deleted is marked, and its owners have time to say no.
    async fn mark(&mut self, patience: Patience) -> Result<bool, PipelineError> {
        if !self.may_begin().await? {
            return Ok(false);
        }
        if !self.healthy_before().await? {
            return Ok(false);
        }
        if self.record.state == PlanState::Approved {
            self.record.state = PlanState::Running;
            self.say(format!("began: {} steps in {} stages", self.steps(), self.rollout.stages.len()));
            self.tell("").await?;
        }
        let mut days = 0;
        for step in 0..self.steps() {
            let Some(wait) = self.change(step).map(|c| c.wait_days).filter(|days| *days > 0) else { continue };
            self.keep(Phase::Mark, None).await?;
            match self.work(patience).mark(step).await? {
                Outcome::Done => days = days.max(wait),
                Outcome::Skipped(why) => self.skipped(step, &why).await?,
                Outcome::Pending => return self.later(Phase::Mark, UNDER_WAY).await,
                Outcome::Halted => return self.later(Phase::Mark, STOPPED).await,
                Outcome::Failed(why) => return self.fail(format!("step {}: {why}", step + 1)).await,
            }
        }
        if days == 0 {
            self.keep(Phase::Apply, None).await?;
            return Ok(true);
        }
        let due = self.state.clock.now() + SignedDuration::from_hours(i64::from(days) * 24);
        self.say(format!("marked what is to be deleted; owners may object for {days} days"));
        self.tell("").await?;
        self.keep(Phase::Apply, Some(due)).await?;
        Ok(false)
    }

    /// Does the steps of a stage.
    async fn apply(&mut self, patience: Patience) -> Result<bool, PipelineError> {
        if !self.may_begin().await? {
            return Ok(false);
        }
        let Some(stage) = self.rollout.stages.get(self.execution.stage).cloned() else { return self.over().await };
        // What was waited for may have changed in the days of a mark.
        if self.execution.stage == 0 && !self.healthy_before().await? {
            return Ok(false);
        }
        for step in self.of_stage() {
            self.keep(Phase::Apply, None).await?;
            match self.work(patience).run(step).await? {
                Outcome::Done => {}
                Outcome::Skipped(why) => self.skipped(step, &why).await?,
                Outcome::Pending => return self.later(Phase::Apply, UNDER_WAY).await,
                Outcome::Halted => return self.later(Phase::Apply, STOPPED).await,
                Outcome::Failed(why) => return self.fail(format!("step {}: {why}", step + 1)).await,
            }
        }
        self.say(format!("{}: through step {} of {}", stage.name, stage.through, self.steps()));
        self.tell("").await?;
        let due = self.state.clock.now() + SignedDuration::from_secs(stage.soak_seconds.into());
        self.keep(Phase::Soak, Some(due)).await?;
        Ok(stage.soak_seconds == 0)
    }

    /// Looks at health, and goes on to the next stage or back.
    async fn soak(&mut self) -> Result<bool, PipelineError> {
        let name = self.rollout.stages.get(self.execution.stage).map_or("", |s| s.name.as_str()).to_owned();
        if let Some(why) = self.unhealthy().await {
            return self.fail(format!("after {name}: {why}")).await;
        }
        self.execution.stage += 1;
        self.keep(Phase::Apply, None).await?;
        Ok(true)
    }

    /// Takes back what was done, last things first.
    async fn undo(&mut self, patience: Patience) -> Result<bool, PipelineError> {
        let from = if self.rollout.rollback == Rollback::Stage { self.of_stage().start } else { 0 };
        for step in (from..self.steps()).rev() {
            self.keep(Phase::RollBack, None).await?;
            match self.work(patience).undo(step).await? {
                Outcome::Done | Outcome::Skipped(_) => {}
                Outcome::Pending => return self.later(Phase::RollBack, UNDER_WAY).await,
                Outcome::Halted => return self.later(Phase::RollBack, STOPPED).await,
                Outcome::Failed(why) => self.said.push(format!("step {}: {why}", step + 1)),
            }
        }
        let mut lost = Vec::new();
        for step in 0..self.steps() {
            let record = self.state.ledger.step(&self.record.plan.id, step).await?;
            lost.extend(record.lost.iter().map(|what| format!("step {}: {what}", step + 1)));
        }
        self.record.not_restored = lost;
        self.record.state = PlanState::RolledBack;
        let missing = self.record.not_restored.len();
        self.say(if missing == 0 {
            "taken back; everything is restored".to_owned()
        } else {
            format!("taken back; {missing} things are not restored")
        });
        self.finish(PlanChange::RolledBack).await
    }

    async fn over(&mut self) -> Result<bool, PipelineError> {
        let mut done = 0;
        for step in 0..self.steps() {
            done += usize::from(self.state.ledger.step(&self.record.plan.id, step).await?.state == StepState::Applied);
        }
        self.record.state = PlanState::Done;
        self.say(format!("done: {done} of {} steps", self.steps()));
        self.finish(PlanChange::Done).await
    }

    async fn finish(&mut self, change: PlanChange) -> Result<bool, PipelineError> {
        self.execution.phase = Phase::Over;
        (self.execution.due, self.execution.lease) = (None, None);
        // First the advice: whoever is killed here comes back to a plan that is not over yet.
        self.settle_advice().await?;
        let note = self.record.not_restored.join("; ");
        end(self.state, &self.record, change, &note, Some((&self.execution, self.version))).await?;
        Ok(false)
    }

    /// What was advised is done, or open again.
    async fn settle_advice(&self) -> Result<(), PipelineError> {
        for step in 0..self.steps() {
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
                // Somebody has said something of it meanwhile: theirs holds, and the next look settles it.
                Ok(()) | Err(LedgerError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn skipped(&mut self, step: usize, why: &str) -> Result<(), PipelineError> {
        self.say(format!("step {} left out: {why}", step + 1));
        self.tell(why).await
    }

    /// Something is wrong: everything is taken back.
    async fn fail(&mut self, why: String) -> Result<bool, PipelineError> {
        self.say(format!("{why}; taking back"));
        self.tell(&why).await?;
        self.keep(Phase::RollBack, None).await?;
        Ok(true)
    }

    async fn later(&mut self, phase: Phase, why: &str) -> Result<bool, PipelineError> {
        let due = self.state.clock.now() + AGAIN;
        self.said.push(why.to_owned());
        self.keep(phase, Some(due)).await?;
        Ok(false)
    }

    /// Whether changes may be made now; otherwise the plan waits.
    async fn may_begin(&mut self) -> Result<bool, PipelineError> {
        let now = self.state.clock.now();
        match may_begin(&self.rollout, now) {
            Some(at) if at <= now => Ok(true),
            Some(at) => {
                self.said.push(format!("waits for its window: {at}"));
                let phase = self.execution.phase;
                self.keep(phase, Some(at)).await?;
                Ok(false)
            }
            None => {
                self.halted("no window opens in the next sixty days").await?;
                Ok(false)
            }
        }
    }

    /// A plan does not begin in what is not healthy.
    async fn healthy_before(&mut self) -> Result<bool, PipelineError> {
        let mut begun = false;
        for step in 0..self.steps() {
            let step = self.state.ledger.step(&self.record.plan.id, step).await?;
            begun = begun || step.state == StepState::Applying || step.state == StepState::Applied;
        }
        if begun {
            return Ok(true);
        }
        match self.unhealthy().await {
            None => Ok(true),
            Some(why) => {
                self.halted(&format!("not begun: {why}")).await?;
                Ok(false)
            }
        }
    }

    async fn halted(&mut self, why: &str) -> Result<(), PipelineError> {
        self.record.state = PlanState::Halted;
        self.say(why.to_owned());
        self.finish(PlanChange::Halted).await.map(drop)
    }

    /// Why something is not healthy.
    async fn unhealthy(&self) -> Option<String> {
        let place =
            (0..self.steps()).find_map(|s| self.change(s)).map(|c| c.resource.place.clone()).unwrap_or_default();
        let now = self.state.clock.now();
        for check in &self.rollout.health {
            if let Health::Unhealthy(why) = self.cloud.inventory.health(&place, check, now).await {
                return Some(why);
            }
        }
        None
    }
}
