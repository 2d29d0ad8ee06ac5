//! Operations: runs of functions, exports that were read, and the policy in effect.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tollgate_model::{AuditEvent, BillingPeriod, Day, SourceId};

use crate::outbox::stamp;
use crate::store::{decode, encode};
use crate::{Condition, Item, Key, Ledger, LedgerError, Query, Write};

/// The last run of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionRun {
    /// The function: `ingest`.
    pub function: String,
    /// The run's id: the same in every function that it started, and in their logs.
    pub run: String,
    /// When it ended.
    pub at: Timestamp,
    /// Why it failed, where it failed.
    pub failed: Option<String>,
    /// Its counters by name: `rows`, `paid_calls`.
    pub counts: std::collections::BTreeMap<String, u64>,
}

/// The policy file in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFile {
    /// Its text.
    pub text: String,
    /// The person who put it into effect.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How long the record of a read export is kept. After that the export is read again, which changes nothing.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(400 * 24);

impl Ledger {
    /// Saves the last run of a function.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_run(&self, run: &FunctionRun) -> Result<(), LedgerError> {
        let item = Item::new(Key::new(self.keys().runs(), run.function.clone()), encode(run)?);
        self.table().put_all(vec![item]).await
    }

    /// The last run of each function.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn runs(&self) -> Result<Vec<FunctionRun>, LedgerError> {
        self.table().query_all(Query::partition(self.keys().runs())).await?.iter().map(decode).collect()
    }

    /// The version of the manifest of an export that was read last.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn export_read(&self, manifest: &str) -> Result<Option<String>, LedgerError> {
        self.table().get(&self.keys().export(manifest)).await?.map(|item| decode(&item)).transpose()
    }

    /// Saves the version of the manifest of an export that was read.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_export_read(&self, manifest: &str, version: &str, now: Timestamp) -> Result<(), LedgerError> {
        let item = Item::new(self.keys().export(manifest), encode(&version)?);
        self.table().put_all(vec![Item { expires: Some((now + REMEMBERED).as_second()), ..item }]).await
    }

    /// The day on which a month of a source was last compared with another source.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn last_comparison(&self, source: &SourceId, period: BillingPeriod) -> Result<Option<Day>, LedgerError> {
        self.table().get(&self.keys().comparison(source, period)).await?.map(|item| decode(&item)).transpose()
    }

    /// Saves the day on which a month of a source was compared.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_comparison(&self, source: &SourceId, period: BillingPeriod, on: Day) -> Result<(), LedgerError> {
        self.table().put_all(vec![Item::new(self.keys().comparison(source, period), encode(&on)?)]).await
    }

    /// The policy file in effect, if any.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn policy_file(&self) -> Result<Option<PolicyFile>, LedgerError> {
        self.table().get(&self.keys().policy()).await?.map(|item| decode(&item)).transpose()
    }

    /// Puts a policy file into effect, and adds it to the history.
    ///
    /// # Errors
    ///
    /// When the store fails, or the file is larger than an item may be.
    pub async fn put_policy_file(&self, file: &PolicyFile) -> Result<(), LedgerError> {
        self.table().transact(self.policy_writes(file)?).await
    }

    /// As [`put_policy_file`](Self::put_policy_file), together with an entry of the audit log.
    ///
    /// # Errors
    ///
    /// As [`put_policy_file`](Self::put_policy_file).
    pub async fn put_policy_file_audited(&self, file: &PolicyFile, event: &AuditEvent) -> Result<(), LedgerError> {
        self.transact_audited(self.policy_writes(file)?, event).await
    }

    fn policy_writes(&self, file: &PolicyFile) -> Result<Vec<Write>, LedgerError> {
        let current = Item::new(self.keys().policy(), encode(file)?);
        let record = Item::new(Key::new(current.key.pk.clone(), format!("REVISION#{}", stamp(file.at))), encode(file)?);
        Ok(vec![Write::Put(current, Condition::None), Write::Put(record, Condition::None)])
    }

    /// The policy files that were put into effect, the newest first, at most `most`.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn policy_history(&self, most: usize) -> Result<Vec<PolicyFile>, LedgerError> {
        let pk = self.keys().policy().pk;
        let query = Query { descending: true, limit: most, ..Query::partition(pk).prefix("REVISION#") };
        self.table().query(&query).await?.items.iter().map(decode).collect()
    }
}
