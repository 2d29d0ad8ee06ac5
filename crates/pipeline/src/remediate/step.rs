//! One step: each of its calls is written down before it is made and after it was seen.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use tollgate_actions::{Approved, Seen, Which, act, effect_of};
use tollgate_cloud::{CloudError, Performed};
use tollgate_model::{Change, Day, Effect, StepRecord, StepState, VerifiedCall};

use super::Patience;
use crate::approvals::entry;
use crate::change_plans::breakers;
use crate::chat::Actor;
use crate::{Cloud, PipelineError, State};

/// A call that nobody knows the end of is not made again before so long: what it brought about may not show yet.
const SETTLE: SignedDuration = SignedDuration::from_secs(60);
/// Runs in which a call may go unanswered before the step has failed: an hour, a minute apart.
const TRIES: u32 = 60;
/// Looks at an effect that does not come, over all runs, before the step has failed.
const LOOKS: u32 = 2_000;

/// What a call takes at most, beside the wait for its effect.
const CALL: Duration = Duration::from_secs(60);

/// What became of a step.
pub(super) enum Outcome {
    /// It is done.
    Done,
    /// It is not to be done: why.
    Skipped(String),
    /// It is under way.
    Pending,
    /// It cannot be done: why.
    Failed(String),
    /// Everything stands still.
    Halted,
}

/// What steps are done with.
pub(super) struct Work<'w> {
    pub(super) state: &'w State,
    pub(super) cloud: &'w Cloud,
    pub(super) approved: &'w Approved,
    pub(super) patience: Patience,
    /// When the run's lease of the plan runs out.
    pub(super) until: Timestamp,
}

impl Work<'_> {
    fn plan(&self) -> &str {
        &self.approved.record().plan.id
    }

    fn change(&self, step: usize) -> Option<&Change> {
        self.approved.record().plan.steps.get(step)?.change.as_deref()
    }

    /// Puts the mark on what a step deletes.
    pub(super) async fn mark(&self, step: usize) -> Result<Outcome, PipelineError> {
        let mut record = self.state.ledger.step(self.plan(), step).await?;
        if record.state != StepState::Waiting {
            return Ok(Outcome::Done);
        }
        if record.calls.is_empty()
            && let Some(why) = self.drift(step, false).await?
        {
            return self.skip(step, record, why).await;
        }
        let outcome = self.make(step, Which::Mark, "mark", &mut record).await?;
        if matches!(outcome, Outcome::Done) {
            record.state = StepState::Marked;
            self.keep(step, &record, "marked", "").await?;
        }
        Ok(outcome)
    }

    /// Does a step, or goes on with it.
    pub(super) async fn run(&self, step: usize) -> Result<Outcome, PipelineError> {
        let mut record = self.state.ledger.step(self.plan(), step).await?;
        let Some(change) = self.change(step) else {
            return Ok(Outcome::Failed("it is done by a person, not by Tollgate".to_owned()));
        };
        match record.state {
            StepState::Waiting | StepState::Marked => {
                let marked = record.state == StepState::Marked;
                if let Some(why) = self.drift(step, marked).await? {
                    if marked {
                        // Best effort: the mark says nothing once the step is left out.
                        let _ = self.make(step, Which::Unmark, "unmark", &mut record).await?;
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
                return Ok(Outcome::Done);
            }
        }
        for (n, action) in change.actions.iter().enumerate() {
            match self.make(step, Which::Do(n), &action.apply.name, &mut record).await? {
                Outcome::Done => {}
                other => return Ok(other),
            }
        }
        record.state = StepState::Applied;
        self.keep(step, &record, "executed", "").await?;
        Ok(Outcome::Done)
    }

    /// Takes a step back, as far as it was done.
    pub(super) async fn undo(&self, step: usize) -> Result<Outcome, PipelineError> {
        let mut record = self.state.ledger.step(self.plan(), step).await?;
        let Some(change) = self.change(step) else { return Ok(Outcome::Done) };
        match record.state {
            StepState::Waiting | StepState::Skipped | StepState::RolledBack | StepState::NotRestored => {
                return Ok(Outcome::Done);
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
            match self.happened(change, &action.apply, step, &mut record).await? {
                Some(true) => {}
                Some(false) => continue,
                None => return Ok(Outcome::Pending),
            }
            deleted = deleted || action.apply.effect == Effect::Gone;
            // What was made beside the resource, as a snapshot, is kept: nothing of it is to be taken back.
            for (u, undo) in action.rollback.iter().enumerate() {
                match self.make(step, Which::Undo(n, u), &undo.name, &mut record).await? {
                    Outcome::Done => {}
                    Outcome::Failed(why) => {
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
            match self.make(step, Which::Unmark, "unmark", &mut record).await? {
                Outcome::Done => {}
                Outcome::Failed(why) => record.lost.push(format!("{}: the mark stays: {why}", change.resource.id)),
                other => return Ok(other),
            }
        }
        record.state = if record.lost.is_empty() { StepState::RolledBack } else { StepState::NotRestored };
        let (what, note) = (record.state.as_str(), record.lost.join("; "));
        self.keep(step, &record, what, &note).await?;
        Ok(Outcome::Done)
    }

    /// Whether an action's call was made, as far as anybody can tell; `None` while it is under way.
    async fn happened(
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
        let names = self.names(change, step, record);
        match effect_of(&*self.cloud.inventory, change, &act.effect, &names).await? {
            Seen::There(_) => Ok(Some(true)),
            Seen::UnderWay => Ok(None),
            // Taken, and not to be seen: it may come yet.
            Seen::Not => Ok(Some(record.calls.get(&act.name).is_some_and(|a| a.taken.is_some()))),
        }
    }

    /// Why a step must not begin, by the resource as it is now.
    async fn drift(&self, step: usize, marked: bool) -> Result<Option<String>, PipelineError> {
        let Some(change) = self.change(step) else { return Ok(None) };
        let of = change.resource.resource_type();
        let now = self.cloud.inventory.read(&change.resource.place, of, &change.resource.id).await?;
        let drift = self.approved.drift(step, now.as_ref(), marked);
        // The policy may forbid by now what it allowed when the plan was made.
        let limits = breakers(&self.state.policy.remediation);
        Ok(drift.or_else(|| limits.forbids(now.as_ref().unwrap_or(&change.resource))))
    }

    async fn skip(&self, step: usize, mut record: StepRecord, why: String) -> Result<Outcome, PipelineError> {
        record.state = StepState::Skipped;
        record.why = Some(why.clone());
        self.keep(step, &record, "skipped", &why).await?;
        Ok(Outcome::Skipped(why))
    }

    async fn keep(&self, step: usize, record: &StepRecord, what: &str, note: &str) -> Result<(), PipelineError> {
        let note = format!("step {} {note}", step + 1);
        // The log first: a line too many is seen, a line too few is not.
        self.state
            .ledger
            .audit(&entry(self.state, &Actor::tollgate(), what, self.approved.record(), note.trim()))
            .await?;
        Ok(self.state.ledger.put_step(self.plan(), step, record).await?)
    }

    /// What placeholders of a step's calls stand for.
    fn names(&self, change: &Change, step: usize, record: &StepRecord) -> Map<String, Value> {
        let mut names = record.made();
        names.insert("step".to_owned(), format!("{}.{step}", self.plan()).into());
        let began = record.calls.get("mark").and_then(|a| a.began);
        let from = Day::of(began.unwrap_or_else(|| self.state.clock.now()));
        let wait = i32::try_from(change.wait_days).unwrap_or(0);
        names.insert("date".to_owned(), from.plus(wait).to_string().into());
        names
    }

    /// Makes a call once: looks whether it was made, writes down that it will be, makes it, and waits until what it brings about is
    /// seen.
    async fn make(
        &self,
        step: usize,
        which: Which,
        name: &str,
        record: &mut StepRecord,
    ) -> Result<Outcome, PipelineError> {
        let ledger = &self.state.ledger;
        let Some(change) = self.change(step) else { return Ok(Outcome::Done) };
        let Some(act) = act(change, which) else { return Ok(Outcome::Done) };
        let known = record.calls.entry(name.to_owned()).or_default().clone();
        if known.ended.is_some() {
            return Ok(Outcome::Done);
        }
        if !self.has_time() {
            return Ok(Outcome::Pending);
        }
        let now = self.state.clock.now();
        if known.taken.is_none() {
            let names = self.names(change, step, record);
            match effect_of(&*self.cloud.inventory, change, &act.effect, &names).await {
                Ok(Seen::Not) => {
                    // Whoever began it may have been killed before the call or after it. Time tells.
                    if known.began.is_some_and(|at| now.duration_since(at) < SETTLE) {
                        return Ok(Outcome::Pending);
                    }
                    if ledger.active_halt().await?.is_some() {
                        return Ok(Outcome::Halted);
                    }
                    let entry = record.calls.entry(name.to_owned()).or_default();
                    entry.began = Some(now);
                    ledger.put_step(self.plan(), step, record).await?;
                    let names = self.names(change, step, record);
                    match self.cloud.executor.perform(self.approved, step, which, &names).await {
                        Ok(Performed::Done { made }) => {
                            let entry = record.calls.entry(name.to_owned()).or_default();
                            entry.taken = Some(self.state.now());
                            entry.made = made;
                            ledger.put_step(self.plan(), step, record).await?;
                        }
                        Ok(Performed::Allowed | Performed::NotAsked) => {
                            return Ok(Outcome::Failed("the provider was only asked".to_owned()));
                        }
                        Err(error) => return self.unanswered(step, name, record, &error).await,
                    }
                }
                Ok(Seen::There(_) | Seen::UnderWay) => {
                    let entry = record.calls.entry(name.to_owned()).or_default();
                    entry.began.get_or_insert(now);
                    entry.taken = Some(now);
                    ledger.put_step(self.plan(), step, record).await?;
                }
                Err(error) => return self.unanswered(step, name, record, &error).await,
            }
        }
        self.wait(step, change, &act, name, record).await
    }

    /// Whether a call and the wait for its effect end before the lease does: afterwards another run may hold the plan.
    fn has_time(&self) -> bool {
        let longest = CALL.saturating_add(self.patience.every.saturating_mul(self.patience.looks));
        self.until.duration_since(self.state.clock.now())
            >= SignedDuration::try_from(longest).unwrap_or(SignedDuration::MAX)
    }

    /// What an error of a provider means for a step: what may pass is tried again in a later run, so many times.
    async fn unanswered(
        &self,
        step: usize,
        name: &str,
        record: &mut StepRecord,
        error: &CloudError,
    ) -> Result<Outcome, PipelineError> {
        let entry = record.calls.entry(name.to_owned()).or_default();
        entry.tries = entry.tries.saturating_add(1);
        let tries = entry.tries;
        self.state.ledger.put_step(self.plan(), step, record).await?;
        Ok(if error.retryable() && tries < TRIES { Outcome::Pending } else { Outcome::Failed(error.to_string()) })
    }

    /// Waits until the effect of a call that was taken is seen.
    async fn wait(
        &self,
        step: usize,
        change: &Change,
        act: &VerifiedCall,
        name: &str,
        record: &mut StepRecord,
    ) -> Result<Outcome, PipelineError> {
        for look in 0..self.patience.looks.max(1) {
            let names = self.names(change, step, record);
            match effect_of(&*self.cloud.inventory, change, &act.effect, &names).await {
                Ok(Seen::There(made)) => {
                    let entry = record.calls.entry(name.to_owned()).or_default();
                    entry.made = made.or(entry.made.take());
                    entry.ended = Some(self.state.now());
                    self.state.ledger.put_step(self.plan(), step, record).await?;
                    return Ok(Outcome::Done);
                }
                Ok(Seen::UnderWay | Seen::Not) => {}
                Err(error) if !error.retryable() => return Ok(Outcome::Failed(error.to_string())),
                Err(_) => {}
            }
            if look + 1 < self.patience.looks {
                tokio::time::sleep(self.patience.every).await;
            }
        }
        let entry = record.calls.entry(name.to_owned()).or_default();
        entry.looked = entry.looked.saturating_add(self.patience.looks.max(1));
        let looked = entry.looked;
        self.state.ledger.put_step(self.plan(), step, record).await?;
        if looked >= LOOKS {
            return Ok(Outcome::Failed(format!(
                "{} was called, and what it brings about does not come",
                act.call.operation
            )));
        }
        Ok(Outcome::Pending)
    }
}
