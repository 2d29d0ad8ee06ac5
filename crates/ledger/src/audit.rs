//! The audit log: a chain of entries. Each entry is appended in the transaction of the fact that it records.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tollgate_model::audit::BEGINNING;
use tollgate_model::{AuditEntry, AuditEvent, Day};

use crate::store::{decode, encode};
use crate::{Condition, Item, Key, Ledger, LedgerError, Query, Write};

/// The last entry of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// The number of entries.
    pub number: u64,
    /// The hash of the last entry.
    pub hash: String,
}

/// A defect of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditProblem {
    /// The number of the entry.
    pub number: u64,
    /// The defect, as the end of a sentence that starts with the entry.
    pub what: String,
}

/// Attempts to append while other writers append.
const TRIES: usize = 100;

impl Ledger {
    /// The last entry of the chain; `None` before the first one.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn audit_head(&self) -> Result<Option<AuditHead>, LedgerError> {
        self.table().get(&self.keys().audit_head()).await?.map(|item| decode(&item)).transpose()
    }

    /// Writes items together with an entry of the log: all or nothing.
    pub(crate) async fn transact_audited(&self, writes: Vec<Write>, event: &AuditEvent) -> Result<(), LedgerError> {
        let key = self.keys().audit_head();
        for _ in 0..TRIES {
            let known = self.table().get(&key).await?;
            let (number, before, condition) = match &known {
                Some(item) => {
                    let head: AuditHead = decode(item)?;
                    (head.number + 1, head.hash, Condition::Version(item.version))
                }
                None => (1, BEGINNING.to_owned(), Condition::Absent),
            };
            let entry = AuditEntry { number, event: event.clone(), before };
            let hash = entry.hash().map_err(|e| LedgerError::Failed(e.to_string()))?;
            let mut all = writes.clone();
            all.push(Write::Put(self.audit_item(&entry)?, Condition::Absent));
            all.push(Write::Put(Item::new(key.clone(), encode(&AuditHead { number, hash })?), condition));
            match self.table().transact(all).await {
                // Another entry was appended in between; the other conditions may still hold.
                Err(LedgerError::Conflict { pk, .. }) if self.is_audit(&pk) => {}
                other => return other,
            }
        }
        Err(LedgerError::Unavailable("too many writers append to the audit log at the same time".to_owned()))
    }

    /// Appends an entry that records nothing else in the ledger.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn audit(&self, event: &AuditEvent) -> Result<(), LedgerError> {
        self.transact_audited(Vec::new(), event).await
    }

    fn is_audit(&self, pk: &str) -> bool {
        pk.starts_with(&self.keys().audit_head().pk)
    }

    fn audit_item(&self, entry: &AuditEntry) -> Result<Item, LedgerError> {
        let number = format!("{:012}", entry.number);
        let key = Key::new(self.keys().audit_day(Day::of(entry.event.at)), number.clone());
        Ok(Item::new(key, encode(entry)?).indexed(Key::new(self.keys().audit_index(), number)))
    }

    /// At most `most` entries of the log, newest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn audit_log(&self, most: usize) -> Result<Vec<AuditEntry>, LedgerError> {
        let query = Query { descending: true, limit: most, ..Query::partition(self.keys().audit_index()) };
        self.table().query_index(&query).await?.items.iter().map(decode).collect()
    }

    /// The first defect of the chain from an entry to its end; `None` when it is intact. Entries of the days from the first entry
    /// to `now` are read from the table itself, not from the index.
    ///
    /// # Errors
    ///
    /// When the store fails, or an entry cannot be understood.
    pub async fn audit_problem_since(
        &self,
        first: &AuditEntry,
        now: Timestamp,
    ) -> Result<Option<AuditProblem>, LedgerError> {
        let problem = |number, what: &str| Ok(Some(AuditProblem { number, what: what.to_owned() }));
        let Some(head) = self.audit_head().await? else {
            return problem(first.number, "has no record of the end of the log");
        };
        let (from, to) = (Day::of(first.event.at), Day::of(now));
        let mut by_number: BTreeMap<u64, AuditEntry> = BTreeMap::new();
        // Clocks differ: an entry may have the day before or after.
        let (mut at, last) = (from.plus(-1), to.plus(1));
        while at <= last {
            let items = self.table().query_all(Query::partition(self.keys().audit_day(at))).await?;
            for item in &items {
                let entry: AuditEntry = decode(item)?;
                by_number.insert(entry.number, entry);
            }
            at = at.plus(1);
        }
        if by_number.get(&first.number) != Some(first) {
            return problem(first.number, "is not the entry that was read");
        }
        let mut before: Option<String> = None;
        for number in first.number..=head.number {
            let Some(entry) = by_number.get(&number) else { return problem(number, "is missing") };
            if before.as_ref().is_some_and(|hash| *hash != entry.before) {
                return problem(number, "does not follow the entry before it");
            }
            before = Some(entry.hash().map_err(|e| LedgerError::Failed(e.to_string()))?);
        }
        if before.as_ref() != Some(&head.hash) {
            return problem(head.number, "is not the entry that was written last");
        }
        Ok(None)
    }

    /// Reads the whole log and returns the number of entries and all defects: entries that were changed, removed, added or moved.
    /// `known` is a hash that was kept elsewhere, for example from a heartbeat: a log that was cut and rewritten does not have it.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn verify_audit(&self, known: Option<&str>) -> Result<(u64, Vec<AuditProblem>), LedgerError> {
        let items = self.table().query_index_all(Query::partition(self.keys().audit_index())).await?;
        let head = self.audit_head().await?;
        let mut broken = Vec::new();
        let mut by_number: BTreeMap<u64, AuditEntry> = BTreeMap::new();
        for item in &items {
            let place: u64 = item.key.sk.parse().unwrap_or(0);
            match decode::<AuditEntry>(item) {
                Ok(entry) if entry.number == place => {
                    by_number.insert(place, entry);
                }
                Ok(entry) => {
                    broken.push(AuditProblem { number: place, what: format!("holds entry {}", entry.number) });
                }
                Err(error) => broken.push(AuditProblem { number: place, what: error.to_string() }),
            }
        }
        let last = by_number.keys().next_back().copied().unwrap_or(0);
        let count = head.as_ref().map_or(last, |h| h.number.max(last));
        let mut before = Some(BEGINNING.to_owned());
        let mut seen = known.is_none();
        for number in 1..=count {
            let Some(entry) = by_number.get(&number) else {
                broken.push(AuditProblem { number, what: "is missing".to_owned() });
                before = None;
                continue;
            };
            if before.as_ref().is_some_and(|b| *b != entry.before) {
                let what = "does not follow the entry before it: one of the two was changed or moved";
                broken.push(AuditProblem { number, what: what.to_owned() });
            }
            let hash = entry.hash().map_err(|e| LedgerError::Failed(e.to_string()))?;
            seen |= known == Some(hash.as_str());
            before = Some(hash);
        }
        match (&head, before) {
            (Some(head), Some(end)) if head.number == count && head.hash != end => {
                broken.push(AuditProblem { number: count, what: "is not the entry that was written last".to_owned() });
            }
            (Some(head), _) if head.number < count => {
                broken.push(AuditProblem { number: head.number + 1, what: "is after the end of the log".to_owned() });
            }
            (None, _) if count > 0 => {
                broken.push(AuditProblem { number: count, what: "has no record of the end of the log".to_owned() });
            }
            _ => {}
        }
        if !seen {
            let what = "no entry has the given hash: the log was cut or rewritten";
            broken.push(AuditProblem { number: count, what: what.to_owned() });
        }
        broken.sort_by_key(|b| b.number);
        Ok((count, broken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::ledger_at;

    fn event(action: &str) -> AuditEvent {
        AuditEvent {
            at: "2026-11-21T00:00:00Z".parse().unwrap(),
            actor: "jane".to_owned(),
            action: action.to_owned(),
            subject: String::new(),
            plan_hash: None,
            via: String::new(),
            note: String::new(),
            run: String::new(),
        }
    }

    async fn five() -> Ledger {
        let (ledger, _) = ledger_at("2026-11-21T00:00:00Z");
        for i in 1..=5 {
            ledger.audit(&event(&format!("did {i}"))).await.unwrap();
        }
        assert_eq!(ledger.verify_audit(None).await.unwrap(), (5, Vec::new()));
        ledger
    }

    async fn entry(ledger: &Ledger, number: u64) -> (Key, AuditEntry) {
        let log = ledger.audit_log(10).await.unwrap();
        let entry = log.into_iter().find(|e| e.number == number).unwrap();
        (ledger.audit_item(&entry).unwrap().key, entry)
    }

    async fn broken(ledger: &Ledger) -> Vec<u64> {
        ledger.verify_audit(None).await.unwrap().1.iter().map(|b| b.number).collect()
    }

    #[tokio::test]
    async fn a_changed_entry_is_found() {
        for number in 1..=5 {
            let ledger = five().await;
            let (_, mut changed) = entry(&ledger, number).await;
            changed.event.actor = "mallory".to_owned();
            ledger.table().put_all(vec![ledger.audit_item(&changed).unwrap()]).await.unwrap();
            assert_eq!(broken(&ledger).await, [(number + 1).min(5)], "{number}");
        }
    }

    #[tokio::test]
    async fn a_chain_is_intact_from_an_entry_on_or_the_first_defect_is_found() {
        let now = "2026-11-21T09:00:00Z".parse().unwrap();
        let ledger = five().await;
        let (_, second) = entry(&ledger, 2).await;
        assert_eq!(ledger.audit_problem_since(&second, now).await.unwrap(), None);
        for number in 2..=5 {
            let ledger = five().await;
            let (key, mut changed) = entry(&ledger, number).await;
            changed.event.actor = "mallory".to_owned();
            ledger.table().put_all(vec![ledger.audit_item(&changed).unwrap()]).await.unwrap();
            assert!(ledger.audit_problem_since(&second, now).await.unwrap().is_some(), "changed {number}");
            ledger.table().delete_all(vec![key]).await.unwrap();
            assert!(ledger.audit_problem_since(&second, now).await.unwrap().is_some(), "removed {number}");
        }
        // Defects before the approval do not concern it.
        let (key, _) = entry(&ledger, 1).await;
        ledger.table().delete_all(vec![key]).await.unwrap();
        assert_eq!(ledger.audit_problem_since(&second, now).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_removed_entry_is_found_even_the_last() {
        for number in 1..=5 {
            let ledger = five().await;
            let (key, _) = entry(&ledger, number).await;
            ledger.table().delete_all(vec![key]).await.unwrap();
            assert_eq!(broken(&ledger).await, [number], "{number}");
        }
    }

    #[tokio::test]
    async fn exchanged_entries_are_found() {
        let ledger = five().await;
        let ((_, two), (_, three)) = (entry(&ledger, 2).await, entry(&ledger, 3).await);
        let moved = [AuditEntry { number: 3, ..two }, AuditEntry { number: 2, ..three }];
        let items = moved.iter().map(|e| ledger.audit_item(e).unwrap()).collect();
        ledger.table().put_all(items).await.unwrap();
        assert!(!broken(&ledger).await.is_empty());
    }

    #[tokio::test]
    async fn a_rewritten_log_lacks_a_hash_that_was_kept() {
        let ledger = five().await;
        let kept = ledger.audit_head().await.unwrap().unwrap();
        ledger.audit(&event("one more")).await.unwrap();
        assert!(ledger.verify_audit(Some(&kept.hash)).await.unwrap().1.is_empty());
        let (other, _) = ledger_at("2026-11-21T00:00:00Z");
        other.audit(&event("another past")).await.unwrap();
        assert_eq!(other.verify_audit(Some(&kept.hash)).await.unwrap().1.len(), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn concurrent_writers_make_one_chain() {
        let (ledger, _) = ledger_at("2026-11-21T00:00:00Z");
        let all: Vec<_> = (0..20)
            .map(|i| {
                let ledger = ledger.clone();
                tokio::spawn(async move { ledger.audit(&event(&i.to_string())).await })
            })
            .collect();
        for one in all {
            one.await.unwrap().unwrap();
        }
        assert_eq!(ledger.verify_audit(None).await.unwrap(), (20, Vec::new()));
    }
}
