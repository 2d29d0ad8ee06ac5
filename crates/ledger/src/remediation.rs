//! Recommendations and their changes: states, progress of plans, plan requests, the halt of all changes, measured savings.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tollgate_model::{
    AccountRegion, AdviceRecord, AdviceState, AuditEntry, AuditEvent, Day, Execution, PlanRecord, RealizedSaving,
    ResourceType, StepRecord,
};

use crate::store::{decode, encode};
use crate::{Condition, Item, Key, Ledger, LedgerError, LedgerTransaction, Query, Write};

/// A request for a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRequest {
    /// The id of the request: the same request twice is one plan.
    pub request: String,
    /// The ids of the recommendations.
    pub advice: Vec<String>,
    /// The requester.
    pub who: String,
    /// The type of the chat in which they asked, where they did.
    pub chat: Option<String>,
}

/// The halt of all changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// The person who stopped all changes.
    pub who: String,
    /// The reason.
    pub why: String,
    /// When.
    pub at: Timestamp,
}

/// The number of resources by account, region and type.
pub type ResourceCounts = Vec<(AccountRegion, ResourceType, usize)>;

impl Ledger {
    /// A recommendation with the version of its item.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn advice(&self, id: &str) -> Result<Option<(AdviceRecord, u64)>, LedgerError> {
        self.read(&self.keys().advice(id)).await
    }

    /// Recommendations of the given states with the versions of their items, in no order.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn advices(&self, states: &[AdviceState]) -> Result<Vec<(AdviceRecord, u64)>, LedgerError> {
        let mut out = Vec::new();
        for state in states {
            for item in self.table().query_index_all(Query::partition(self.keys().advice_index(*state))).await? {
                out.push((decode(&item)?, item.version));
            }
        }
        Ok(out)
    }

    /// Saves a recommendation, if its item still has the version that was read (`None`: does not exist).
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when another writer changed it first.
    pub async fn put_advice(&self, record: &AdviceRecord, read_version: Option<u64>) -> Result<(), LedgerError> {
        self.transaction().advice(record, read_version)?.save().await
    }

    /// Saves recommendations without conditions: one run at a time writes them, after it has read the decisions of people.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_advices(&self, records: &[AdviceRecord]) -> Result<(), LedgerError> {
        let items = records.iter().map(|r| self.advice_item(r)).collect::<Result<Vec<_>, _>>()?;
        self.table().put_all(items).await
    }

    fn advice_item(&self, record: &AdviceRecord) -> Result<Item, LedgerError> {
        let id = &record.advice.id;
        let index = Key::new(self.keys().advice_index(record.state), id.clone());
        Ok(Item::new(self.keys().advice(id), encode(record)?).indexed(index))
    }

    /// The progress of a plan with the version of its record; the initial state where nothing was done.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn execution(&self, plan: &str) -> Result<(Execution, Option<u64>), LedgerError> {
        let found: Option<(Execution, u64)> = self.read(&self.keys().execution(plan)).await?;
        Ok(found.map_or((Execution::default(), None), |(e, version)| (e, Some(version))))
    }

    /// Saves the progress of a plan, if its record still has the version that was read.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when another run works on it.
    pub async fn put_execution(
        &self,
        plan: &str,
        execution: &Execution,
        read_version: Option<u64>,
    ) -> Result<(), LedgerError> {
        self.transaction().execution(plan, execution, read_version)?.save().await
    }

    /// The progress of a step.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn step(&self, plan: &str, step: usize) -> Result<StepRecord, LedgerError> {
        let found: Option<(StepRecord, u64)> = self.read(&self.keys().step(plan, step)).await?;
        Ok(found.map_or_else(StepRecord::default, |(record, _)| record))
    }

    /// Saves the progress of a step. Only the run with the lease of the plan writes it.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_step(&self, plan: &str, step: usize, record: &StepRecord) -> Result<(), LedgerError> {
        self.table().put_all(vec![Item::new(self.keys().step(plan, step), encode(record)?)]).await
    }

    /// The halt in effect, if any.
    ///
    /// # Errors
    ///
    /// When the store fails: the halt is unknown then, and no change may continue.
    pub async fn active_halt(&self) -> Result<Option<Halt>, LedgerError> {
        self.table().get(&self.keys().halt()).await?.map(|item| decode(&item)).transpose()
    }

    /// Halts all changes (`None`: resumes them), with an entry of the audit log.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn set_halt(&self, halt: Option<&Halt>, event: &AuditEvent) -> Result<(), LedgerError> {
        let key = self.keys().halt();
        let write = match halt {
            Some(halt) => Write::Put(Item::new(key, encode(halt)?), Condition::None),
            None => Write::Delete(key, Condition::None),
        };
        self.transact_audited(vec![write], event).await
    }

    /// Open requests for plans, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn plan_requests(&self) -> Result<Vec<(Key, PlanRequest)>, LedgerError> {
        let items = self.table().query_all(Query::partition(self.keys().requests())).await?;
        items.into_iter().map(|item| Ok((item.key.clone(), decode(&item)?))).collect()
    }

    /// Saves the number of resources.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_resource_counts(&self, counts: &ResourceCounts) -> Result<(), LedgerError> {
        self.table().put_all(vec![Item::new(self.keys().resource_counts(), encode(counts)?)]).await
    }

    /// The number of resources when they were counted last; empty where they were never counted.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn resource_counts(&self) -> Result<ResourceCounts, LedgerError> {
        let found = self.table().get(&self.keys().resource_counts()).await?;
        found.map_or(Ok(Vec::new()), |item| decode(&item))
    }

    /// The measured saving of every change.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn realized(&self) -> Result<Vec<RealizedSaving>, LedgerError> {
        self.table().query_all(Query::partition(self.keys().realized())).await?.iter().map(decode).collect()
    }

    /// Saves the measured savings of changes.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_realised(&self, all: &[RealizedSaving]) -> Result<(), LedgerError> {
        let pk = self.keys().realized();
        let item =
            |r: &RealizedSaving| Ok(Item::new(Key::new(pk.clone(), format!("{}#{:04}", r.plan, r.step)), encode(r)?));
        self.table().put_all(all.iter().map(item).collect::<Result<_, LedgerError>>()?).await
    }

    /// Entries of the audit log about a subject, on the given days.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn audit_about(&self, subject: &str, days: &[Day]) -> Result<Vec<AuditEntry>, LedgerError> {
        let mut out = Vec::new();
        for day in days {
            let items = self.table().query_all(Query::partition(self.keys().audit_day(*day))).await?;
            let entries = items.iter().map(decode::<AuditEntry>).collect::<Result<Vec<_>, _>>()?;
            out.extend(entries.into_iter().filter(|e| e.event.subject == subject));
        }
        Ok(out)
    }
}

impl LedgerTransaction<'_> {
    /// A recommendation, if its item still has the version that was read.
    ///
    /// # Errors
    ///
    /// Never for what can be written as JSON.
    pub fn advice(self, record: &AdviceRecord, read_version: Option<u64>) -> Result<Self, LedgerError> {
        let item = self.ledger().advice_item(record)?;
        Ok(self.put(item, read_version.map_or(Condition::Absent, Condition::Version)))
    }

    /// The progress of a plan, if its record still has the version that was read (`None`: does not exist).
    ///
    /// # Errors
    ///
    /// Never for what can be written as JSON.
    pub fn execution(self, plan: &str, execution: &Execution, read_version: Option<u64>) -> Result<Self, LedgerError> {
        let item = Item::new(self.ledger().keys().execution(plan), encode(execution)?);
        Ok(self.put(item, read_version.map_or(Condition::Absent, Condition::Version)))
    }

    /// The record of a plan, regardless of its version: only the run with the lease of the plan writes it.
    ///
    /// # Errors
    ///
    /// Never for what can be written as JSON.
    pub fn plan_under_lease(self, plan: &PlanRecord) -> Result<Self, LedgerError> {
        let item = self.ledger().plan_item(plan)?;
        Ok(self.put(item, Condition::None))
    }

    /// A request for a plan.
    ///
    /// # Errors
    ///
    /// Never for what can be written as JSON.
    pub fn request(self, request: &PlanRequest) -> Result<Self, LedgerError> {
        let key = Key::new(self.ledger().keys().requests(), request.request.clone());
        let item = Item::new(key, encode(request)?);
        Ok(self.put(item, Condition::None))
    }
}
