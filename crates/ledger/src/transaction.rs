//! Facts that are saved together: an incident with its feedback, a plan with its decision, each with its message and its entry of
//! the audit log.

use jiff::{SignedDuration, Timestamp};
use tollgate_model::{AuditEvent, Feedback, Incident, Message, PlanRecord, PlanState};

use crate::ScheduledCheck;
use crate::outbox::stamp;
use crate::store::{decode, encode};
use crate::{Condition, Item, Key, Ledger, LedgerError, Query, Write};

/// One transaction of the ledger. Nothing is visible before it is saved.
pub struct LedgerTransaction<'l> {
    ledger: &'l Ledger,
    writes: Vec<Write>,
}

/// How long the nonce of a request is kept against replay: longer than its signature is valid.
const NONCES: SignedDuration = SignedDuration::from_mins(15);
/// How long an accepted request waits to be performed.
const INBOX: SignedDuration = SignedDuration::from_hours(24);

impl Ledger {
    /// Starts a transaction.
    pub fn transaction(&self) -> LedgerTransaction<'_> {
        LedgerTransaction { ledger: self, writes: Vec::new() }
    }

    pub(crate) fn plan_item(&self, plan: &PlanRecord) -> Result<Item, LedgerError> {
        let keys = self.keys();
        let index = Key::new(keys.plans_index(plan.state), format!("{}#{}", stamp(plan.plan.created_at), plan.plan.id));
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

    /// Saves a request until it is performed, unless it was accepted before. `nonce` identifies the request.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when it was accepted before: a replay.
    pub async fn accept_request(
        &self,
        nonce: &str,
        body: &serde_json::Value,
        now: Timestamp,
    ) -> Result<Key, LedgerError> {
        let seen = Item::new(self.keys().nonce(nonce), encode(&now)?).expiring((now + NONCES).as_second());
        let key = Key::new(self.keys().inbox(), format!("{}#{nonce}", stamp(now)));
        let item = Item::new(key.clone(), body.clone()).expiring((now + INBOX).as_second());
        let writes = vec![Write::Put(seen, Condition::Absent), Write::Put(item, Condition::None)];
        self.table().transact(writes).await?;
        Ok(key)
    }

    /// Records the nonce of a request that needs no further work.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when it was accepted before: a replay.
    pub async fn record_nonce(&self, nonce: &str, now: Timestamp) -> Result<(), LedgerError> {
        let seen = Item::new(self.keys().nonce(nonce), encode(&now)?).expiring((now + NONCES).as_second());
        self.table().transact(vec![Write::Put(seen, Condition::Absent)]).await
    }

    /// Requests that are not performed yet, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn open_requests(&self) -> Result<Vec<(Key, serde_json::Value)>, LedgerError> {
        let items = self.table().query_all(Query::partition(self.keys().inbox())).await?;
        Ok(items.into_iter().map(|item| (item.key, item.body)).collect())
    }

    /// One request; `None` when it is performed.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn open_request(&self, key: &Key) -> Result<Option<serde_json::Value>, LedgerError> {
        Ok(self.table().get(key).await?.map(|item| item.body))
    }

    /// Whether a partition is the inbox of requests.
    pub fn is_inbox(&self, pk: &str) -> bool {
        self.keys().inbox() == pk
    }

    /// Removes a request that is performed.
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

    /// Feedback on an incident.
    ///
    /// # Errors
    ///
    /// Never for what can be written as JSON.
    pub fn feedback(mut self, feedback: &Feedback) -> Result<Self, LedgerError> {
        let key = Key::new(self.ledger.keys().feedback(), format!("{}#{}", stamp(feedback.at), feedback.incident));
        self.writes.push(Write::Put(Item::new(key, encode(feedback)?), Condition::None));
        Ok(self)
    }

    /// A plan, if its record still has the version that was read (`None`: does not exist).
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

    /// A message about the facts.
    ///
    /// # Errors
    ///
    /// Never for a message that can be written as JSON.
    pub fn message(mut self, message: &Message) -> Result<Self, LedgerError> {
        self.writes.push(Write::Put(self.ledger.outbox_item(message)?, Condition::None));
        Ok(self)
    }

    /// A check at a later time.
    ///
    /// # Errors
    ///
    /// Never for what can be written as JSON.
    pub fn schedule_check(mut self, at: Timestamp, check: &ScheduledCheck) -> Result<Self, LedgerError> {
        self.writes.push(Write::Put(self.ledger.check_item(at, check)?, Condition::None));
        Ok(self)
    }

    /// Removes a check that was made.
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
    pub async fn save_audited(self, event: &AuditEvent) -> Result<(), LedgerError> {
        self.ledger.transact_audited(self.writes, event).await
    }
}
