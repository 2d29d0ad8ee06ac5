//! How the system itself is doing: runs, exports that were read, and the policy in effect.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tollgate_model::{BillingPeriod, Day, SourceId};

use crate::store::{decode, encode};
use crate::{Condition, Item, Key, Ledger, LedgerError, Query, Write};

/// The last run of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionRun {
    /// Which function: `ingest`.
    pub function: String,
    /// The run's id: the same in every function that it started, and in their logs.
    pub run: String,
    /// When it ended, as an RFC 3339 instant.
    pub at: String,
    /// Why it failed, where it did.
    pub failed: Option<String>,
    /// What it counted, by name: `rows`, `paid_calls`.
    pub counts: std::collections::BTreeMap<String, u64>,
}

/// A policy file as it is in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFile {
    /// Its text.
    pub text: String,
    /// Who put it there.
    pub by: String,
    /// When, as an RFC 3339 instant.
    pub at: String,
}

/// How long it is remembered that an export was read. After that it is read once more, which changes nothing.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(400 * 24);

impl Ledger {
    /// Keeps how a function's last run went.
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

    /// Which version of an export's manifest was read last.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn export_read(&self, manifest: &str) -> Result<Option<String>, LedgerError> {
        self.table().get(&self.keys().export(manifest)).await?.map(|item| decode(&item)).transpose()
    }

    /// Keeps which version of an export's manifest was read.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_export_read(&self, manifest: &str, version: &str, now: Timestamp) -> Result<(), LedgerError> {
        let item = Item::new(self.keys().export(manifest), encode(&version)?);
        self.table().put_all(vec![Item { expires: Some((now + REMEMBERED).as_second()), ..item }]).await
    }

    /// The day that a month of a feed was compared with another account of it last.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn last_comparison(&self, source: &SourceId, period: BillingPeriod) -> Result<Option<Day>, LedgerError> {
        self.table().get(&self.keys().comparison(source, period)).await?.map(|item| decode(&item)).transpose()
    }

    /// Keeps that a month of a feed was compared on a day.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_comparison(&self, source: &SourceId, period: BillingPeriod, on: Day) -> Result<(), LedgerError> {
        self.table().put_all(vec![Item::new(self.keys().comparison(source, period), encode(&on)?)]).await
    }

    /// The policy file in effect, where one was put.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn policy_file(&self) -> Result<Option<PolicyFile>, LedgerError> {
        self.table().get(&self.keys().policy()).await?.map(|item| decode(&item)).transpose()
    }

    /// Puts a policy file into effect, and keeps it among those that were.
    ///
    /// # Errors
    ///
    /// When the store fails, or the file is larger than an item may be.
    pub async fn put_policy_file(&self, file: &PolicyFile) -> Result<(), LedgerError> {
        let current = Item::new(self.keys().policy(), encode(file)?);
        let record = Item::new(Key::new(current.key.pk.clone(), format!("REVISION#{}", file.at)), encode(file)?);
        self.table().transact(vec![Write::Put(current, Condition::None), Write::Put(record, Condition::None)]).await
    }
}
