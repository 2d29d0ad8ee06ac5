//! Changes of billing periods: deliveries become current and replace others, in one transaction, or not at all.

use serde_json::json;
use tollgate_model::{BillingPeriod, Coverage, Message, Revision, SourceId};

use crate::store::{decode, encode};
use crate::{Condition, CurrentPeriod, Item, Key, Ledger, LedgerError, Query, Write};

/// Accounts of one item of a coverage: a store accepts 390 KiB.
const ACCOUNTS_AN_ITEM: usize = 3000;

/// A change of a billing period of one source.
#[derive(Clone, Debug)]
pub struct PeriodChange<'a> {
    /// The source.
    pub source: &'a SourceId,
    /// The month.
    pub period: BillingPeriod,
    /// The version of the month's changes when it was read; `None`: there was none.
    pub read_changes: Option<u64>,
    /// Deliveries that become current.
    pub current: &'a [CurrentPeriod],
    /// Deliveries that count no longer, with the versions that were read. A delivery of the same name that becomes current replaces
    /// its pointer.
    pub removed: &'a [(CurrentPeriod, u64)],
}

impl Ledger {
    /// The version of a month's changes; `None` before the first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn period_changes(&self, source: &SourceId, period: BillingPeriod) -> Result<Option<u64>, LedgerError> {
        Ok(self.table().get(&self.keys().period_changes(source, period)).await?.map(|item| item.version))
    }

    /// Makes a change, if nothing else changed the month since it was read, and saves its messages. What becomes current is marked
    /// as unannounced until [`announce_revisions`](Self::announce_revisions).
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when another import was faster.
    pub async fn change_period(&self, change: &PeriodChange<'_>, messages: &[Message]) -> Result<(), LedgerError> {
        let PeriodChange { source, period, read_changes, current, removed } = change;
        let keys = self.keys();
        let head = Item::new(keys.period_changes(source, *period), json!({ "deliveries": current.len() }));
        let mut writes = vec![Write::Put(head, read_changes.map_or(Condition::Absent, Condition::Version))];
        let pointer = |delivery: &str| keys.current(source, *period, delivery);
        for new in *current {
            let body = encode(new)?;
            let name = if new.delivery.is_empty() { String::new() } else { format!("#{}", new.delivery) };
            let index = Key::new(keys.periods_index(), format!("{source}#{period}{name}"));
            let replaced = removed.iter().find(|(old, _)| old.delivery == new.delivery);
            let condition = replaced.map_or(Condition::Absent, |(_, version)| Condition::Version(*version));
            writes.push(Write::Put(Item::new(pointer(&new.delivery), body.clone()).indexed(index), condition));
            let record = keys.history(&new.revision, &new.delivery, new.imported_at);
            writes.push(Write::Put(Item::new(record, body), Condition::None));
        }
        for (old, version) in removed.iter().filter(|(old, _)| !current.iter().any(|new| new.delivery == old.delivery))
        {
            writes.push(Write::Delete(pointer(&old.delivery), Condition::Version(*version)));
        }
        let changed = current.iter().chain(removed.iter().map(|(old, _)| old)).next();
        if let Some(changed) = changed {
            let mark = Key::new(keys.unannounced(), format!("{source}#{period}"));
            writes.push(Write::Put(Item::new(mark, encode(&changed.revision)?), Condition::None));
        }
        self.add_messages(&mut writes, messages)?;
        self.table().transact(writes).await
    }

    /// Saves the coverage of a revision. Saving it again changes nothing.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_coverage(&self, revision: &Revision, coverage: &Coverage) -> Result<(), LedgerError> {
        let pk = self.keys().coverage(revision);
        let accounts: Vec<_> = coverage.accounts.iter().collect();
        let mut parts: Vec<Coverage> = accounts
            .chunks(ACCOUNTS_AN_ITEM)
            .map(|some| Coverage {
                accounts: some.iter().map(|(account, days)| ((*account).clone(), **days)).collect(),
                ..Coverage::default()
            })
            .collect();
        parts.push(Coverage { accounts: Default::default(), ..coverage.clone() });
        let item = |(number, part): (usize, &Coverage)| {
            Ok(Item::new(Key::new(pk.clone(), format!("{number:06}")), encode(part)?))
        };
        let items = parts.iter().enumerate().map(item).collect::<Result<Vec<_>, LedgerError>>()?;
        self.table().put_all(items).await
    }

    /// The coverage of a revision; `None` for one that an earlier version imported.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn coverage(&self, revision: &Revision) -> Result<Option<Coverage>, LedgerError> {
        let items = self.table().query_all(Query::partition(self.keys().coverage(revision))).await?;
        let mut whole: Option<Coverage> = None;
        for item in &items {
            whole.get_or_insert_with(Coverage::default).merge(&decode(item)?);
        }
        Ok(whole)
    }

    /// Removes the coverage of a revision that no delivery needs.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn remove_coverage(&self, revision: &Revision) -> Result<(), LedgerError> {
        let items = self.table().query_all(Query::partition(self.keys().coverage(revision))).await?;
        self.table().delete_all(items.into_iter().map(|i| i.key).collect()).await
    }
}
