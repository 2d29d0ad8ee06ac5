//! Advice and what is done about it: recommendations, how far plans are, what was asked for, what stands still, what came of it.

use serde::{Deserialize, Serialize};
use tollgate_model::{
    AccountRegion, AdviceRecord, AdviceState, AuditEntry, Execution, PlanRecord, RealizedSaving, ResourceType,
    StepRecord,
};

use crate::store::{decode, encode};
use crate::{AuditDraft, Condition, Item, Key, Ledger, LedgerError, LedgerTransaction, Query, Write};

/// A plan that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRequest {
    /// Names the request, so that the same one twice is one plan.
    pub request: String,
    /// The advice that it follows.
    pub advice: Vec<String>,
    /// Who asked.
    pub who: String,
    /// The type of the chat in which they asked, where they did.
    pub chat: Option<String>,
}

/// Everything stands still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// Who stopped it.
    pub who: String,
    /// Why.
    pub why: String,
    /// When, as an RFC 3339 instant.
    pub at: String,
}

/// How many resources there are of each type and place.
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

    /// Saves a recommendation, if its item still has the version that was read (`None`: is not there).
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when somebody else changed it first.
    pub async fn put_advice(&self, record: &AdviceRecord, read_version: Option<u64>) -> Result<(), LedgerError> {
        self.transaction().advice(record, read_version)?.save().await
    }

    /// Saves recommendations as they are: one run at a time writes them, and what people say of one is read before.
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

    /// How far a plan is, with the version of the record; the beginning where nothing was done.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn execution(&self, plan: &str) -> Result<(Execution, Option<u64>), LedgerError> {
        let found: Option<(Execution, u64)> = self.read(&self.keys().execution(plan)).await?;
        Ok(found.map_or((Execution::default(), None), |(e, version)| (e, Some(version))))
    }

    /// Saves how far a plan is, if the record still has the version that was read.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when somebody else works on it.
    pub async fn put_execution(
        &self,
        plan: &str,
        execution: &Execution,
        read_version: Option<u64>,
    ) -> Result<(), LedgerError> {
        self.transaction().execution(plan, execution, read_version)?.save().await
    }

    /// How far a step is.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn step(&self, plan: &str, step: usize) -> Result<StepRecord, LedgerError> {
        let found: Option<(StepRecord, u64)> = self.read(&self.keys().step(plan, step)).await?;
        Ok(found.map_or_else(StepRecord::default, |(record, _)| record))
    }

    /// Saves how far a step is. Whoever holds the plan's lease is the only one who writes it.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_step(&self, plan: &str, step: usize, record: &StepRecord) -> Result<(), LedgerError> {
        self.table().put_all(vec![Item::new(self.keys().step(plan, step), encode(record)?)]).await
    }

    /// Whether everything stands still.
    ///
    /// # Errors
    ///
    /// When the store fails: then nobody knows, and nothing may go on.
    pub async fn active_halt(&self) -> Result<Option<Halt>, LedgerError> {
        self.table().get(&self.keys().halt()).await?.map(|item| decode(&item)).transpose()
    }

    /// Lets everything stand still (`None`: go on), with an entry of the audit log.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn set_halt(&self, halt: Option<&Halt>, draft: &AuditDraft) -> Result<(), LedgerError> {
        let key = self.keys().halt();
        let write = match halt {
            Some(halt) => Write::Put(Item::new(key, encode(halt)?), Condition::None),
            None => Write::Delete(key, Condition::None),
        };
        self.transact_audited(vec![write], draft).await
    }

    /// Plans that were asked for and are not made, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn plan_requests(&self) -> Result<Vec<(Key, PlanRequest)>, LedgerError> {
        let items = self.table().query_all(Query::partition(self.keys().requests())).await?;
        items.into_iter().map(|item| Ok((item.key.clone(), decode(&item)?))).collect()
    }

    /// Keeps how many resources there are.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_resource_counts(&self, counts: &ResourceCounts) -> Result<(), LedgerError> {
        self.table().put_all(vec![Item::new(self.keys().resource_counts(), encode(counts)?)]).await
    }

    /// How many resources there were when they were counted last; nothing where they never were.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn resource_counts(&self) -> Result<ResourceCounts, LedgerError> {
        let found = self.table().get(&self.keys().resource_counts()).await?;
        found.map_or(Ok(Vec::new()), |item| decode(&item))
    }

    /// What came of every change.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn realized(&self) -> Result<Vec<RealizedSaving>, LedgerError> {
        self.table().query_all(Query::partition(self.keys().realized())).await?.iter().map(decode).collect()
    }

    /// Saves what came of changes.
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

    /// Entries of the audit log that are about something, of the days that were given.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn audit_about(&self, subject: &str, days: &[String]) -> Result<Vec<AuditEntry>, LedgerError> {
        let mut out = Vec::new();
        for day in days {
            let items = self.table().query_all(Query::partition(self.keys().audit_day(day))).await?;
            let entries = items.iter().map(decode::<AuditEntry>).collect::<Result<Vec<_>, _>>()?;
            out.extend(entries.into_iter().filter(|e| e.subject == subject));
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

    /// How far a plan is, if the record still has the version that was read (`None`: is not there).
    ///
    /// # Errors
    ///
    /// Never for what can be written as JSON.
    pub fn execution(self, plan: &str, execution: &Execution, read_version: Option<u64>) -> Result<Self, LedgerError> {
        let item = Item::new(self.ledger().keys().execution(plan), encode(execution)?);
        Ok(self.put(item, read_version.map_or(Condition::Absent, Condition::Version)))
    }

    /// A plan's record as it is now, whatever its version: whoever holds the plan's lease is the only one who writes it.
    ///
    /// # Errors
    ///
    /// Never for what can be written as JSON.
    pub fn plan_under_lease(self, plan: &PlanRecord) -> Result<Self, LedgerError> {
        let item = self.ledger().plan_item(plan)?;
        Ok(self.put(item, Condition::None))
    }

    /// A plan that somebody asked for.
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
