//! The audit log: a chain of entries, appended in the transaction of what each tells.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tollgate_model::audit::BEGINNING;
use tollgate_model::{AuditEntry, Day};

use crate::store::{decode, encode};
use crate::{Condition, Item, Key, Ledger, LedgerError, Query, Write};

/// What is told, before it has its place in the chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditDraft {
    /// When, as an RFC 3339 instant.
    pub at: String,
    /// Who.
    pub who: String,
    /// What was done.
    pub what: String,
    /// To what.
    pub subject: String,
    /// The hash of the plan that it was said of.
    pub plan_hash: Option<String>,
    /// By which way it came.
    pub via: String,
    /// Reasons and amounts.
    pub note: String,
    /// The run or request that it belongs to.
    pub run: String,
}

/// The end of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// How many entries there are.
    pub number: u64,
    /// The hash of the last.
    pub hash: String,
}

/// What is wrong with the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditProblem {
    /// The entry, by its number.
    pub number: u64,
    /// What is wrong.
    pub what: String,
}

/// Tries to append when others append at the same time.
const TRIES: usize = 100;

impl Ledger {
    /// The end of the chain; `None` before the first entry.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn audit_head(&self) -> Result<Option<AuditHead>, LedgerError> {
        self.table().get(&self.keys().audit_head()).await?.map(|item| decode(&item)).transpose()
    }

    /// Writes, together with an entry of the log: all or nothing.
    pub(crate) async fn transact_audited(&self, writes: Vec<Write>, draft: &AuditDraft) -> Result<(), LedgerError> {
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
            let AuditDraft { at, who, what, subject, plan_hash, via, note, run } = draft.clone();
            let entry = AuditEntry { number, at, who, what, subject, plan_hash, via, note, run, before };
            let hash = entry.hash().map_err(|e| LedgerError::Failed(e.to_string()))?;
            let mut all = writes.clone();
            all.push(Write::Put(self.audit_item(&entry)?, Condition::Absent));
            all.push(Write::Put(Item::new(key.clone(), encode(&AuditHead { number, hash })?), condition));
            match self.table().transact(all).await {
                // Another entry was appended in between; what is to be told may still hold.
                Err(LedgerError::Conflict { pk, .. }) if self.is_audit(&pk) => {}
                other => return other,
            }
        }
        Err(LedgerError::Unavailable("the audit log is being written by many at once".to_owned()))
    }

    /// Appends an entry that no other fact is saved with.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn audit(&self, draft: &AuditDraft) -> Result<(), LedgerError> {
        self.transact_audited(Vec::new(), draft).await
    }

    fn is_audit(&self, pk: &str) -> bool {
        pk.starts_with(&self.keys().audit_head().pk)
    }

    fn audit_item(&self, entry: &AuditEntry) -> Result<Item, LedgerError> {
        let number = format!("{:012}", entry.number);
        let key = Key::new(self.keys().audit_day(entry.at.get(..10).unwrap_or_default()), number.clone());
        Ok(Item::new(key, encode(entry)?).indexed(Key::new(self.keys().audit_index(), number)))
    }

    /// Entries of the log, newest first, at most so many.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn audit_log(&self, most: usize) -> Result<Vec<AuditEntry>, LedgerError> {
        let query = Query { descending: true, limit: most, ..Query::partition(self.keys().audit_index()) };
        self.table().query_index(&query).await?.items.iter().map(decode).collect()
    }

    /// What is wrong with the chain from an entry to its end; `None` when it is whole. `now` is an RFC 3339 instant: entries of the
    /// days in between are read from the table itself.
    ///
    /// # Errors
    ///
    /// When the store fails, or an entry cannot be understood.
    pub async fn audit_problem_since(
        &self,
        first: &AuditEntry,
        now: &str,
    ) -> Result<Option<AuditProblem>, LedgerError> {
        let broken = |number, what: &str| Ok(Some(AuditProblem { number, what: what.to_owned() }));
        let Some(head) = self.audit_head().await? else {
            return broken(first.number, "has no end of the log beside it");
        };
        let day = |instant: &str| instant.get(..10).and_then(|d| d.parse::<Day>().ok());
        let (Some(from), Some(to)) = (day(&first.at), day(now)) else { return broken(first.number, "has no day") };
        let mut by_number: BTreeMap<u64, AuditEntry> = BTreeMap::new();
        // Clocks differ: an entry may be of the day before or after.
        let (mut at, last) = (from.plus(-1), to.plus(1));
        while at <= last {
            let items = self.table().query_all(Query::partition(self.keys().audit_day(&at.to_string()))).await?;
            for item in &items {
                let entry: AuditEntry = decode(item)?;
                by_number.insert(entry.number, entry);
            }
            at = at.plus(1);
        }
        if by_number.get(&first.number) != Some(first) {
            return broken(first.number, "is another than the one that was read");
        }
        let mut before: Option<String> = None;
        for number in first.number..=head.number {
            let Some(entry) = by_number.get(&number) else { return broken(number, "is missing") };
            if before.as_ref().is_some_and(|hash| *hash != entry.before) {
                return broken(number, "does not follow the entry before it");
            }
            before = Some(entry.hash().map_err(|e| LedgerError::Failed(e.to_string()))?);
        }
        if before.as_ref() != Some(&head.hash) {
            return broken(head.number, "is not the entry that was written last");
        }
        Ok(None)
    }

    /// Reads the whole log and says what is wrong with it: entries that were changed, removed, added or moved. `known` is a hash
    /// that somebody kept, as of a heartbeat: a log that was cut and written anew does not have it.
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
                    broken.push(AuditProblem {
                        number: place,
                        what: format!("holds the entry of place {}", entry.number),
                    });
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
                let what = "does not follow the entry before it: that one or this one was changed or moved";
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
                broken.push(AuditProblem {
                    number: head.number + 1,
                    what: "stands behind the end of the log".to_owned(),
                });
            }
            (None, _) if count > 0 => {
                broken.push(AuditProblem { number: count, what: "has no end of the log beside it".to_owned() });
            }
            _ => {}
        }
        if !seen {
            let what = "no entry has the hash that was asked for: the log was cut or written anew";
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

    fn draft(what: &str) -> AuditDraft {
        AuditDraft {
            at: "2026-11-21T00:00:00Z".to_owned(),
            who: "jane".to_owned(),
            what: what.to_owned(),
            ..AuditDraft::default()
        }
    }

    async fn five() -> Ledger {
        let (ledger, _) = ledger_at("2026-11-21T00:00:00Z");
        for i in 1..=5 {
            ledger.audit(&draft(&format!("did {i}"))).await.unwrap();
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
            changed.who = "mallory".to_owned();
            ledger.table().put_all(vec![ledger.audit_item(&changed).unwrap()]).await.unwrap();
            assert_eq!(broken(&ledger).await, [(number + 1).min(5)], "{number}");
        }
    }

    #[tokio::test]
    async fn a_chain_is_whole_from_an_entry_on_or_says_where_it_breaks() {
        let now = "2026-11-21T09:00:00Z";
        let ledger = five().await;
        let (_, second) = entry(&ledger, 2).await;
        assert_eq!(ledger.audit_problem_since(&second, now).await.unwrap(), None);
        for number in 2..=5 {
            let ledger = five().await;
            let (key, mut changed) = entry(&ledger, number).await;
            changed.who = "mallory".to_owned();
            ledger.table().put_all(vec![ledger.audit_item(&changed).unwrap()]).await.unwrap();
            assert!(ledger.audit_problem_since(&second, now).await.unwrap().is_some(), "changed {number}");
            ledger.table().delete_all(vec![key]).await.unwrap();
            assert!(ledger.audit_problem_since(&second, now).await.unwrap().is_some(), "removed {number}");
        }
        // What was broken before the approval does not matter to it.
        let (key, _) = entry(&ledger, 1).await;
        ledger.table().delete_all(vec![key]).await.unwrap();
        assert_eq!(ledger.audit_problem_since(&second, now).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_removed_entry_is_found_also_the_last() {
        for number in 1..=5 {
            let ledger = five().await;
            let (key, _) = entry(&ledger, number).await;
            ledger.table().delete_all(vec![key]).await.unwrap();
            assert_eq!(broken(&ledger).await, [number], "{number}");
        }
    }

    #[tokio::test]
    async fn entries_that_trade_places_are_found() {
        let ledger = five().await;
        let ((_, two), (_, three)) = (entry(&ledger, 2).await, entry(&ledger, 3).await);
        let moved = [AuditEntry { number: 3, ..two }, AuditEntry { number: 2, ..three }];
        let items = moved.iter().map(|e| ledger.audit_item(e).unwrap()).collect();
        ledger.table().put_all(items).await.unwrap();
        assert!(!broken(&ledger).await.is_empty());
    }

    #[tokio::test]
    async fn a_log_that_was_written_anew_lacks_what_somebody_kept() {
        let ledger = five().await;
        let kept = ledger.audit_head().await.unwrap().unwrap();
        ledger.audit(&draft("one more")).await.unwrap();
        assert!(ledger.verify_audit(Some(&kept.hash)).await.unwrap().1.is_empty());
        let (other, _) = ledger_at("2026-11-21T00:00:00Z");
        other.audit(&draft("another past")).await.unwrap();
        assert_eq!(other.verify_audit(Some(&kept.hash)).await.unwrap().1.len(), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn many_at_once_make_one_chain() {
        let (ledger, _) = ledger_at("2026-11-21T00:00:00Z");
        let all: Vec<_> = (0..20)
            .map(|i| {
                let ledger = ledger.clone();
                tokio::spawn(async move { ledger.audit(&draft(&i.to_string())).await })
            })
            .collect();
        for one in all {
            one.await.unwrap().unwrap();
        }
        assert_eq!(ledger.verify_audit(None).await.unwrap(), (20, Vec::new()));
    }
}
