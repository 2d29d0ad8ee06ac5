//! Changes of billing periods: deliveries become current and replace others, in one transaction, or not at all.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;
use tollgate_model::{AuditEvent, BillingPeriod, Coverage, Message, Revision, SourceId};

use crate::store::{decode, encode};
use crate::{Condition, CurrentPeriod, Item, Key, Ledger, LedgerError, Query, Write};

/// Accounts of one item of a coverage: a store accepts 390 KiB.
const ACCOUNTS_AN_ITEM: usize = 3000;

/// Deliveries that one transaction makes current, with their records in the history: it has at most 100 writes.
const PUTS_AT_ONCE: usize = 40;
/// Deliveries that one transaction removes, beside its other writes.
const DELETES_AT_ONCE: usize = 80;

/// What identifies one delivery at one time.
type DeliveryId<'a> = (&'a Revision, &'a str, Timestamp);

fn id(of: &CurrentPeriod) -> DeliveryId<'_> {
    (&of.revision, &of.delivery, of.imported_at)
}

/// The deliveries that `replacing` replaced.
fn replaced_by<'a>(replacing: impl Iterator<Item = &'a CurrentPeriod>) -> BTreeSet<DeliveryId<'a>> {
    replacing.flat_map(|new| &new.replaced).map(|old| (&old.revision, old.delivery.as_str(), old.imported_at)).collect()
}

/// The deliveries that count: those that no other one replaced.
///
/// A transaction has at most 100 writes, and one delivery may replace hundreds: those of every account, by one of the whole bill. Then
/// the pointers of the replaced ones are deleted by later transactions, and written by earlier ones when an import is rolled back. Until
/// then the list in the pointer of the new delivery hides them, so that one write of that pointer makes the whole change.
pub(crate) fn counting<T>(all: Vec<T>, of: impl Fn(&T) -> &CurrentPeriod) -> Vec<T> {
    let hidden: Vec<bool> = {
        let replaced = replaced_by(all.iter().map(&of));
        all.iter().map(|delivery| replaced.contains(&id(of(delivery)))).collect()
    };
    let mut hidden = hidden.into_iter();
    all.into_iter().filter(|_| !hidden.next().unwrap_or(false)).collect()
}

/// The transactions of a change.
struct Steps<'a> {
    /// Deliveries that an earlier change left behind, hidden. They go first: what hides them may be removed.
    left: Vec<&'a (CurrentPeriod, u64)>,
    /// Those of them with the name of one that becomes current.
    renamed: Vec<&'a (CurrentPeriod, u64)>,
    /// Deliveries that are written first, hidden by one that is removed.
    before: Vec<&'a CurrentPeriod>,
    /// Deliveries that become current in the transaction that makes the change.
    current: Vec<&'a CurrentPeriod>,
    /// Deliveries that are removed in it.
    removed: Vec<&'a (CurrentPeriod, u64)>,
    /// Deliveries that are removed afterwards, hidden by one that is current.
    after: Vec<&'a (CurrentPeriod, u64)>,
}

impl<'a> Steps<'a> {
    /// The transactions of a change of a month with these deliveries.
    fn of(change: &'a PeriodChange<'a>, all: &'a [(CurrentPeriod, u64)]) -> Self {
        let is_renamed = |old: &CurrentPeriod| change.current.iter().any(|new| new.delivery == old.delivery);
        let hidden_before = replaced_by(change.removed.iter().map(|(old, _)| old));
        let hidden_after = replaced_by(change.current.iter());
        let (before, current) = if change.current.len() <= PUTS_AT_ONCE {
            (Vec::new(), change.current.iter().collect())
        } else {
            let takes_name = |new: &CurrentPeriod| change.removed.iter().any(|(old, _)| new.delivery == old.delivery);
            change.current.iter().partition(|new| hidden_before.contains(&id(new)) && !takes_name(new))
        };
        let gone = change.removed.iter().filter(|(old, _)| !is_renamed(old));
        let (after, removed): (Vec<_>, Vec<_>) = if change.removed.len() <= DELETES_AT_ONCE / 2 {
            (Vec::new(), gone.collect())
        } else {
            gone.partition(|(old, _)| hidden_after.contains(&id(old)))
        };
        let hidden = replaced_by(all.iter().map(|(delivery, _)| delivery));
        let is_left = |(old, _): &&(CurrentPeriod, u64)| hidden.contains(&id(old));
        let (renamed, left) = all.iter().filter(is_left).partition(|(old, _)| is_renamed(old));
        Self { left, renamed, before, current, removed, after }
    }

    /// The version of the pointer that a delivery replaces.
    fn replaced_version(&self, change: &PeriodChange<'_>, delivery: &str) -> Option<u64> {
        let removed = change.removed.iter().find(|(old, _)| old.delivery == delivery);
        removed.or_else(|| self.renamed.iter().copied().find(|(old, _)| old.delivery == delivery)).map(|(_, v)| *v)
    }
}

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
    /// Readers see all of the change or nothing of it, also where it has more deliveries than one transaction: see [`counting`].
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when another import was faster.
    pub async fn change_period(&self, change: &PeriodChange<'_>, messages: &[Message]) -> Result<(), LedgerError> {
        self.change(change, messages, None).await
    }

    /// Makes a change as [`change_period`](Self::change_period), with an entry of the audit log.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when another import was faster.
    pub async fn change_period_audited(
        &self,
        change: &PeriodChange<'_>,
        messages: &[Message],
        event: &AuditEvent,
    ) -> Result<(), LedgerError> {
        self.change(change, messages, Some(event)).await
    }

    async fn change(
        &self,
        change: &PeriodChange<'_>,
        messages: &[Message],
        event: Option<&AuditEvent>,
    ) -> Result<(), LedgerError> {
        let all = self.deliveries_of_month(change.source, change.period).await?;
        let steps = Steps::of(change, &all);
        let mut version = change.read_changes;
        let delete = |(old, version): &&(CurrentPeriod, u64)| {
            Write::Delete(self.pointer(change, &old.delivery), Condition::Version(*version))
        };
        for hidden in steps.left.chunks(DELETES_AT_ONCE) {
            let mut writes = vec![self.head(change, version)?];
            writes.extend(hidden.iter().map(delete));
            self.table().transact(writes).await?;
            version = Some(version.unwrap_or(0) + 1);
        }
        for hidden in steps.before.chunks(PUTS_AT_ONCE) {
            let mut writes = vec![self.head(change, version)?];
            for new in hidden {
                // It may be there since an earlier attempt.
                let replaced = steps.replaced_version(change, &new.delivery);
                writes.extend(self.put_current(new, replaced.map_or(Condition::Absent, Condition::Version))?);
            }
            self.table().transact(writes).await?;
            version = Some(version.unwrap_or(0) + 1);
        }
        let mut writes = vec![self.head(change, version)?];
        for new in &steps.current {
            let replaced = steps.replaced_version(change, &new.delivery);
            writes.extend(self.put_current(new, replaced.map_or(Condition::Absent, Condition::Version))?);
        }
        writes.extend(steps.removed.iter().map(delete));
        let changed = change.current.iter().chain(change.removed.iter().map(|(old, _)| old)).next();
        if let Some(changed) = changed {
            let mark = Key::new(self.keys().unannounced(), format!("{}#{}", change.source, change.period));
            writes.push(Write::Put(Item::new(mark, encode(&changed.revision)?), Condition::None));
        }
        self.add_messages(&mut writes, messages)?;
        match event {
            Some(event) => self.transact_audited(writes, event).await?,
            None => self.table().transact(writes).await?,
        }
        version = Some(version.unwrap_or(0) + 1);
        for hidden in steps.after.chunks(DELETES_AT_ONCE) {
            let mut writes = vec![self.head(change, version)?];
            writes.extend(hidden.iter().map(delete));
            // The change is made. What stays is hidden, and goes with the next change.
            if self.table().transact(writes).await.is_err() {
                break;
            }
            version = Some(version.unwrap_or(0) + 1);
        }
        Ok(())
    }

    /// The write that every change of a month has: of two at the same time, one fails.
    fn head(&self, change: &PeriodChange<'_>, version: Option<u64>) -> Result<Write, LedgerError> {
        let key = self.keys().period_changes(change.source, change.period);
        let head = Item::new(key, json!({ "deliveries": change.current.len() }));
        Ok(Write::Put(head, version.map_or(Condition::Absent, Condition::Version)))
    }

    fn pointer(&self, change: &PeriodChange<'_>, delivery: &str) -> Key {
        self.keys().current(change.source, change.period, delivery)
    }

    /// The pointer of a delivery, and its entry in the history.
    fn put_current(&self, new: &CurrentPeriod, condition: Condition) -> Result<[Write; 2], LedgerError> {
        let (keys, body) = (self.keys(), encode(new)?);
        let Revision { source, period, .. } = &new.revision;
        let name = if new.delivery.is_empty() { String::new() } else { format!("#{}", new.delivery) };
        let index = Key::new(keys.periods_index(), format!("{source}#{period}{name}"));
        let pointer = Item::new(keys.current(source, *period, &new.delivery), body.clone()).indexed(index);
        let record = Item::new(keys.history(&new.revision, &new.delivery, new.imported_at), body);
        Ok([Write::Put(pointer, condition), Write::Put(record, Condition::None)])
    }

    /// Every delivery of a month with its version, also those that do not count.
    pub(crate) async fn deliveries_of_month(
        &self,
        source: &SourceId,
        period: BillingPeriod,
    ) -> Result<Vec<(CurrentPeriod, u64)>, LedgerError> {
        let pk = self.keys().current(source, period, "").pk;
        let items = self.table().query_all(Query::partition(pk).prefix("CURRENT")).await?;
        items.iter().map(|item| Ok((decode(item)?, item.version))).collect()
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
