//! The run of one step: each call is recorded before it is made and after its effect was seen.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use tollgate_actions::{ApprovedPlan, EffectState, StepCall, find_act, read_effect_state};
use tollgate_cloud::{CallOutcome, CloudError};
use tollgate_model::{Change, Day, Effect, StepRecord, StepState, VerifiedCall};

use super::Polling;
use crate::Actor;
use crate::audit::plan_audit_event;
use crate::plan_life::safety_limits;
use crate::{Cloud, PipelineError, State};

/// A call with an unknown outcome is not repeated before this time: its effect may not be visible yet.
const SETTLE_TIME: SignedDuration = SignedDuration::from_secs(60);
/// Runs in which a call may stay unanswered before the step fails: an hour, a minute apart.
const ATTEMPTS: u32 = 60;
/// Reads of an effect that does not appear, over all runs, before the step fails.
const READS: u32 = 2_000;

/// The longest time of a call, without the wait for its effect.
const CALL_TIME: Duration = Duration::from_secs(60);

/// The outcome of a step.
pub(super) enum StepOutcome {
    /// It is complete.
    Done,
    /// It must not be executed, with the reason.
    Skipped(String),
    /// It is in progress.
    Pending,
    /// It failed, with the reason.
    Failed(String),
    /// All changes are stopped.
    Halted,
}

/// Executes steps of one approved plan.
pub(super) struct StepRun<'r> {
    pub(super) state: &'r State,
    pub(super) cloud: &'r Cloud,
    pub(super) approved: &'r ApprovedPlan,
    pub(super) polling: Polling,
    /// When the lease of the run expires.
    pub(super) until: Timestamp,
}

impl StepRun<'_> {
    fn plan(&self) -> &str {
        &self.approved.record().plan.id
    }

    fn change(&self, step: usize) -> Option<&Change> {
        self.approved.record().plan.steps.get(step)?.change.as_deref()
    }

    /// Tags the resource that a step deletes.
    pub(super) async fn tag_resource(&self, step: usize) -> Result<StepOutcome, PipelineError> {
        let mut record = self.state.ledger.step(self.plan(), step).await?;
        if record.state != StepState::Waiting {
            return Ok(StepOutcome::Done);
        }
        if record.calls.is_empty()
            && let Some(why) = self.drift(step, false).await?
        {
            return self.skip(step, record, why).await;
        }
        let outcome = self.make_call(step, StepCall::Mark, "mark", &mut record).await?;
        if matches!(outcome, StepOutcome::Done) {
            record.state = StepState::Marked;
            self.save(step, &record, "marked", "").await?;
        }
        Ok(outcome)
    }

    /// Executes a step, or continues it.
    pub(super) async fn run(&self, step: usize) -> Result<StepOutcome, PipelineError> {
        let mut record = self.state.ledger.step(self.plan(), step).await?;
        let Some(change) = self.change(step) else {
            return Ok(StepOutcome::Failed("a person does this step, not Tollgate".to_owned()));
        };
        match record.state {
            StepState::Waiting | StepState::Marked => {
                let marked = record.state == StepState::Marked;
                if let Some(why) = self.drift(step, marked).await? {
                    if marked {
                        // Best effort: the tag has no meaning once the step is skipped.
                        let _ = self.make_call(step, StepCall::Unmark, "unmark", &mut record).await?;
                    }
                    return self.skip(step, record, why).await;
                }
                record.state = StepState::Applying;
                self.state.ledger.put_step(self.plan(), step, &record).await?;
            }
            StepState::Applying => {}
            StepState::Applied
            | StepState::Skipped
            | StepState::RollingBack
            | StepState::RolledBack
            | StepState::NotRestored => {
                return Ok(StepOutcome::Done);
            }
        }
        for (n, action) in change.actions.iter().enumerate() {
            match self.make_call(step, StepCall::Apply(n), &action.apply.name, &mut record).await? {
                StepOutcome::Done => {}
                other => return Ok(other),
            }
        }
        record.state = StepState::Applied;
        self.save(step, &record, "executed", "").await?;
        Ok(StepOutcome::Done)
    }

    /// Rolls a step back, as far as it was executed.
    pub(super) async fn roll_back(&self, step: usize) -> Result<StepOutcome, PipelineError> {
        let mut record = self.state.ledger.step(self.plan(), step).await?;
        let Some(change) = self.change(step) else { return Ok(StepOutcome::Done) };
        match record.state {
            StepState::Waiting | StepState::Skipped | StepState::RolledBack | StepState::NotRestored => {
                return Ok(StepOutcome::Done);
            }
            StepState::RollingBack => {}
            StepState::Marked | StepState::Applying | StepState::Applied => {
                record.state = StepState::RollingBack;
                record.lost.clear();
                self.state.ledger.put_step(self.plan(), step, &record).await?;
            }
        }
        let mut deleted = false;
        for (n, action) in change.actions.iter().enumerate().rev() {
            match self.was_called(change, &action.apply, step, &mut record).await? {
                Some(true) => {}
                Some(false) => continue,
                None => return Ok(StepOutcome::Pending),
            }
            deleted = deleted || action.apply.effect == Effect::Gone;
            // Additional resources, such as a snapshot, are kept: they have no rollback.
            for (u, undo) in action.rollback.iter().enumerate() {
                match self.make_call(step, StepCall::Rollback(n, u), &undo.name, &mut record).await? {
                    StepOutcome::Done => {}
                    StepOutcome::Failed(why) => {
                        let what = format!("{} ({}): {why}", change.resource.id, undo.name);
                        if !record.lost.contains(&what) {
                            record.lost.push(what);
                        }
                    }
                    other => return Ok(other),
                }
            }
            if let Some(lost) = &action.lost {
                let what = format!("{}: {lost}", change.resource.id);
                if !record.lost.contains(&what) {
                    record.lost.push(what);
                }
            }
        }
        if record.calls.contains_key("mark") && !deleted {
            match self.make_call(step, StepCall::Unmark, "unmark", &mut record).await? {
                StepOutcome::Done => {}
                StepOutcome::Failed(why) => record.lost.push(format!("{}: the tag stays: {why}", change.resource.id)),
                other => return Ok(other),
            }
        }
        record.state = if record.lost.is_empty() { StepState::RolledBack } else { StepState::NotRestored };
        let (what, note) = (record.state.as_str(), record.lost.join("; "));
        self.save(step, &record, what, &note).await?;
        Ok(StepOutcome::Done)
    }

    /// Whether the call of an action was made; `None` while its effect is in progress.
    async fn was_called(
        &self,
        change: &Change,
        act: &VerifiedCall,
        step: usize,
        record: &mut StepRecord,
    ) -> Result<Option<bool>, PipelineError> {
        let Some(known) = record.calls.get(&act.name) else { return Ok(Some(false)) };
        if known.ended.is_some() {
            return Ok(Some(true));
        }
        let names = self.placeholder_values(change, step, record);
        match read_effect_state(&*self.cloud.inventory, change, &act.effect, &names).await? {
            EffectState::Present(_) => Ok(Some(true)),
            EffectState::InProgress => Ok(None),
            // An accepted call without a visible effect may still take effect.
            EffectState::Absent => Ok(Some(record.calls.get(&act.name).is_some_and(|a| a.taken.is_some()))),
        }
    }

    /// Returns why a step must not begin, by the resource as it is now.
    async fn drift(&self, step: usize, marked: bool) -> Result<Option<String>, PipelineError> {
        let Some(change) = self.change(step) else { return Ok(None) };
        let of = change.resource.resource_type();
        let now = self.cloud.inventory.read(&change.resource.place, of, &change.resource.id).await?;
        let drift = self.approved.drift(step, now.as_ref(), marked);
        // The policy may have changed since the plan was made.
        let limits = safety_limits(&self.state.policy.remediation);
        Ok(drift.or_else(|| limits.forbids(now.as_ref().unwrap_or(&change.resource))))
    }

    async fn skip(&self, step: usize, mut record: StepRecord, why: String) -> Result<StepOutcome, PipelineError> {
        record.state = StepState::Skipped;
        record.why = Some(why.clone());
        self.save(step, &record, "skipped", &why).await?;
        Ok(StepOutcome::Skipped(why))
    }

    async fn save(&self, step: usize, record: &StepRecord, what: &str, note: &str) -> Result<(), PipelineError> {
        let note = format!("step {} {note}", step + 1);
        // The audit log comes first: a superfluous entry is visible, a missing one is not.
        self.state
            .ledger
            .audit(&plan_audit_event(self.state, &Actor::tollgate(), what, self.approved.record(), note.trim()))
            .await?;
        Ok(self.state.ledger.put_step(self.plan(), step, record).await?)
    }

    /// The values of the placeholders in a step's calls.
    fn placeholder_values(&self, change: &Change, step: usize, record: &StepRecord) -> Map<String, Value> {
        let mut names = record.made();
        names.insert("step".to_owned(), format!("{}.{step}", self.plan()).into());
        let began = record.calls.get("mark").and_then(|a| a.began);
        let from = Day::of(began.unwrap_or_else(|| self.state.clock.now()));
        let wait = i32::try_from(change.wait_days).unwrap_or(0);
        names.insert("date".to_owned(), from.plus(wait).to_string().into());
        names
    }

    /// Makes a call exactly once: checks whether it was made, records the intent, makes it, and waits for its effect.
    async fn make_call(
        &self,
        step: usize,
        step_call: StepCall,
        name: &str,
        record: &mut StepRecord,
    ) -> Result<StepOutcome, PipelineError> {
        let ledger = &self.state.ledger;
        let Some(change) = self.change(step) else { return Ok(StepOutcome::Done) };
        let Some(act) = find_act(change, step_call) else { return Ok(StepOutcome::Done) };
        let known = record.calls.entry(name.to_owned()).or_default().clone();
        if known.ended.is_some() {
            return Ok(StepOutcome::Done);
        }
        if !self.has_time() {
            return Ok(StepOutcome::Pending);
        }
        let now = self.state.clock.now();
        if known.taken.is_none() {
            let names = self.placeholder_values(change, step, record);
            match read_effect_state(&*self.cloud.inventory, change, &act.effect, &names).await {
                Ok(EffectState::Absent) => {
                    // The run that began it may have been killed before the call or after it: wait until an effect would be visible.
                    if known.began.is_some_and(|at| now.duration_since(at) < SETTLE_TIME) {
                        return Ok(StepOutcome::Pending);
                    }
                    if ledger.active_halt().await?.is_some() {
                        return Ok(StepOutcome::Halted);
                    }
                    let entry = record.calls.entry(name.to_owned()).or_default();
                    entry.began = Some(now);
                    ledger.put_step(self.plan(), step, record).await?;
                    let names = self.placeholder_values(change, step, record);
                    match self.cloud.executor.perform(self.approved, step, step_call, &names).await {
                        Ok(CallOutcome::Done { created }) => {
                            let entry = record.calls.entry(name.to_owned()).or_default();
                            entry.taken = Some(self.state.now());
                            entry.made = created;
                            ledger.put_step(self.plan(), step, record).await?;
                        }
                        Ok(CallOutcome::Allowed | CallOutcome::NotChecked) => {
                            return Ok(StepOutcome::Failed("the provider only checked the call".to_owned()));
                        }
                        Err(error) => return self.record_failure(step, name, record, &error).await,
                    }
                }
                Ok(EffectState::Present(_) | EffectState::InProgress) => {
                    let entry = record.calls.entry(name.to_owned()).or_default();
                    entry.began.get_or_insert(now);
                    entry.taken = Some(now);
                    ledger.put_step(self.plan(), step, record).await?;
                }
                Err(error) => return self.record_failure(step, name, record, &error).await,
            }
        }
        self.wait_for_effect(step, change, &act, name, record).await
    }

    /// Whether a call and the wait for its effect end before the lease expires: afterwards another run may execute the plan.
    fn has_time(&self) -> bool {
        let longest = CALL_TIME.saturating_add(self.polling.interval.saturating_mul(self.polling.attempts));
        self.until.duration_since(self.state.clock.now())
            >= SignedDuration::try_from(longest).unwrap_or(SignedDuration::MAX)
    }

    /// Records an error of the provider. A temporary one is retried in later runs, up to [`ATTEMPTS`] times.
    async fn record_failure(
        &self,
        step: usize,
        name: &str,
        record: &mut StepRecord,
        error: &CloudError,
    ) -> Result<StepOutcome, PipelineError> {
        let entry = record.calls.entry(name.to_owned()).or_default();
        entry.tries = entry.tries.saturating_add(1);
        let tries = entry.tries;
        self.state.ledger.put_step(self.plan(), step, record).await?;
        Ok(if error.retryable() && tries < ATTEMPTS {
            StepOutcome::Pending
        } else {
            StepOutcome::Failed(error.to_string())
        })
    }

    /// Waits until the effect of an accepted call is visible.
    async fn wait_for_effect(
        &self,
        step: usize,
        change: &Change,
        act: &VerifiedCall,
        name: &str,
        record: &mut StepRecord,
    ) -> Result<StepOutcome, PipelineError> {
        for attempt in 0..self.polling.attempts.max(1) {
            let names = self.placeholder_values(change, step, record);
            match read_effect_state(&*self.cloud.inventory, change, &act.effect, &names).await {
                Ok(EffectState::Present(made)) => {
                    let entry = record.calls.entry(name.to_owned()).or_default();
                    entry.made = made.or(entry.made.take());
                    entry.ended = Some(self.state.now());
                    self.state.ledger.put_step(self.plan(), step, record).await?;
                    return Ok(StepOutcome::Done);
                }
                Ok(EffectState::InProgress | EffectState::Absent) => {}
                Err(error) if !error.retryable() => return Ok(StepOutcome::Failed(error.to_string())),
                Err(_) => {}
            }
            if attempt + 1 < self.polling.attempts {
                tokio::time::sleep(self.polling.interval).await;
            }
        }
        let entry = record.calls.entry(name.to_owned()).or_default();
        entry.looked = entry.looked.saturating_add(self.polling.attempts.max(1));
        let looked = entry.looked;
        self.state.ledger.put_step(self.plan(), step, record).await?;
        if looked >= READS {
            return Ok(StepOutcome::Failed(format!(
                "{} was called, and its effect did not appear",
                act.call.operation
            )));
        }
        Ok(StepOutcome::Pending)
    }
}
