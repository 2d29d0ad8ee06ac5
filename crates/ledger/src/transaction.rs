//! LedgerTransaction that are saved together: an incident with what was said of it, a plan with its decision, each with the message that
//! tells of it and the entry of the audit log.

use jiff::{SignedDuration, Timestamp};
use tollgate_model::{Feedback, Incident, Message, PlanRecord, PlanState};

use crate::delivery::ScheduledCheck;
use crate::outbox::stamp;
use crate::store::{decode, encode};
use crate::{AuditDraft, Condition, Item, Key, Ledger, LedgerError, Query, Write};

/// What one transaction saves. Nothing is there before it is saved.
pub struct LedgerTransaction<'l> {
    ledger: &'l Ledger,
    writes: Vec<Write>,
}

/// How long a request is remembered, so that it is not taken twice: longer than its signature holds.
const NONCES: SignedDuration = SignedDuration::from_mins(15);
/// How long what was asked for waits to be done.
const INBOX: SignedDuration = SignedDuration::from_hours(24);

impl Ledger {
    /// Begins.
    pub fn transaction(&self) -> LedgerTransaction<'_> {
        LedgerTransaction { ledger: self, writes: Vec::new() }
    }

    pub(crate) fn plan_item(&self, plan: &PlanRecord) -> Result<Item, LedgerError> {
        let keys = self.keys();
        let index = Key::new(keys.plans_index(plan.state), format!("{}#{}", plan.plan.created_at, plan.plan.id));
        Ok(Item::new(keys.plan(&plan.plan.id), encode(plan)?).indexed(index))
    }

    /// A plan with the version of its record.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn plan(&self, id: &str) -> Result<Option<(PlanRecord, u64)>, LedgerError> {
        let item = self.table().get(&self.keys().plan(id)).await?;
        item.map(|item| Ok((decode(&item)?, item.version))).transpose()
    }

    /// Plans of the given states, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn plans(&self, states: &[PlanState]) -> Result<Vec<PlanRecord>, LedgerError> {
        let mut out: Vec<PlanRecord> = Vec::new();
        for state in states {
            for item in self.table().query_index_all(Query::partition(self.keys().plans_index(*state))).await? {
                out.push(decode(&item)?);
            }
        }
        out.sort_by(|a, b| (&a.plan.created_at, &a.plan.id).cmp(&(&b.plan.created_at, &b.plan.id)));
        Ok(out)
    }

    /// Keeps what somebody asked for until it is done, unless the request was taken before. `nonce` names the request.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when it was taken before: a replay.
    pub async fn accept_request(
        &self,
        nonce: &str,
        body: &serde_json::Value,
        now: Timestamp,
    ) -> Result<Key, LedgerError> {
        let seen = Item::new(self.keys().nonce(nonce), encode(&now.to_string())?).expiring((now + NONCES).as_second());
        let key = Key::new(self.keys().inbox(), format!("{}#{nonce}", stamp(now)));
        let item = Item::new(key.clone(), body.clone()).expiring((now + INBOX).as_second());
        let writes = vec![Write::Put(seen, Condition::Absent), Write::Put(item, Condition::None)];
        self.table().transact(writes).await?;
        Ok(key)
    }

    /// Remembers a request that nothing is left to do for.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when it was taken before: a replay.
    pub async fn record_nonce(&self, nonce: &str, now: Timestamp) -> Result<(), LedgerError> {
        let seen = Item::new(self.keys().nonce(nonce), encode(&now.to_string())?).expiring((now + NONCES).as_second());
        self.table().transact(vec![Write::Put(seen, Condition::Absent)]).await
    }

    /// What was asked for and is not done, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn open_requests(&self) -> Result<Vec<(Key, serde_json::Value)>, LedgerError> {
        let items = self.table().query_all(Query::partition(self.keys().inbox())).await?;
        Ok(items.into_iter().map(|item| (item.key, item.body)).collect())
    }

    /// One thing that was asked for; `None` when it is done.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn open_request(&self, key: &Key) -> Result<Option<serde_json::Value>, LedgerError> {
        Ok(self.table().get(key).await?.map(|item| item.body))
    }

    /// Whether a partition is that of what was asked for.
    pub fn is_inbox(&self, pk: &str) -> bool {
        self.keys().inbox() == pk
    }

    /// Forgets what was asked for: it is done.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn finish_request(&self, key: &Key) -> Result<(), LedgerError> {
        self.table().delete_all(vec![key.clone()]).await
    }
}

impl LedgerTransaction<'_> {
    /// An incident, if its item still has the version that was read.
    ///
    /// # Errors
    ///
    /// Never for an incident that can be written as JSON.
    pub fn incident(mut self, incident: &Incident, read_version: u64) -> Result<Self, LedgerError> {
        let item = self.ledger.incident_item(incident)?;
        self.writes.push(Write::Put(item, Condition::Version(read_version)));
        Ok(self)
    }

    /// What somebody said of an incident.
    ///
    /// # Errors
    ///
    /// Never for what can be written as JSON.
    pub fn feedback(mut self, feedback: &Feedback) -> Result<Self, LedgerError> {
        let key = Key::new(self.ledger.keys().feedback(), format!("{}#{}", feedback.at, feedback.incident));
        self.writes.push(Write::Put(Item::new(key, encode(feedback)?), Condition::None));
        Ok(self)
    }

    /// A plan, if its record still has the version that was read (`None`: is not there).
    ///
    /// # Errors
    ///
    /// Never for a plan that can be written as JSON.
    pub fn plan(self, plan: &PlanRecord, read_version: Option<u64>) -> Result<Self, LedgerError> {
        let item = self.ledger.plan_item(plan)?;
        Ok(self.put(item, read_version.map_or(Condition::Absent, Condition::Version)))
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        self.ledger
    }

    pub(crate) fn put(mut self, item: Item, condition: Condition) -> Self {
        self.writes.push(Write::Put(item, condition));
        self
    }

    /// A message that tells of them.
    ///
    /// # Errors
    ///
    /// Never for a message that can be written as JSON.
    pub fn message(mut self, message: &Message) -> Result<Self, LedgerError> {
        self.writes.push(Write::Put(self.ledger.outbox_item(message)?, Condition::None));
        Ok(self)
    }

    /// Something to look at later.
    ///
    /// # Errors
    ///
    /// Never for what can be written as JSON.
    pub fn schedule_check(mut self, at: Timestamp, check: &ScheduledCheck) -> Result<Self, LedgerError> {
        self.writes.push(Write::Put(self.ledger.check_item(at, check)?, Condition::None));
        Ok(self)
    }

    /// Something that has been looked at.
    #[must_use]
    pub fn finish_check(mut self, key: &Key) -> Self {
        self.writes.push(Write::Delete(key.clone(), Condition::None));
        self
    }

    /// Saves all or nothing.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when something was changed since it was read.
    pub async fn save(self) -> Result<(), LedgerError> {
        self.ledger.table().transact(self.writes).await
    }

    /// Saves all or nothing, with an entry of the audit log.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when something was changed since it was read.
    pub async fn save_audited(self, draft: &AuditDraft) -> Result<(), LedgerError> {
        self.ledger.transact_audited(self.writes, draft).await
    }
}
