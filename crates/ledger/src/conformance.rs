//! The conformance suite of [`Table`]. Every implementation runs it, here and on AWS.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use serde_json::json;

use crate::table::{BODY_BYTES, TRANSACTION_BYTES, TRANSACTION_WRITES};
use tollgate_model::Clock;

use crate::{Condition, Item, Key, LedgerError, Query, Table, Write};

/// A clock that changes only when it is advanced.
#[derive(Debug, Default)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A clock at a second since 1970.
    pub fn at(second: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(second)))
    }

    /// Advances the clock.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// A ledger in memory with a clock at an instant.
#[cfg(test)]
pub(crate) fn ledger_at(now: &str) -> (crate::Ledger, Timestamp) {
    let now: Timestamp = now.parse().unwrap_or_default();
    (crate::Ledger::new(Arc::new(crate::MemoryTable::new(TestClock::at(now.as_second()))), "t"), now)
}

/// Runs all checks. `table` reads the time from `clock` and has no items in partitions that start with `space`.
///
/// # Errors
///
/// Names the check that failed.
pub async fn suite(table: &dyn Table, clock: &TestClock, space: &str) -> Result<(), String> {
    items(table, clock, space).await?;
    transactions(table, space).await.map_err(|e| format!("transactions: {e}"))
}

/// Runs all checks except transactions of several items, which not every local server for DynamoDB supports.
///
/// # Errors
///
/// Names the check that failed.
pub async fn items(table: &dyn Table, clock: &TestClock, space: &str) -> Result<(), String> {
    conditions(table, space).await.map_err(|e| format!("conditions: {e}"))?;
    queries(table, space).await.map_err(|e| format!("queries: {e}"))?;
    index(table, space).await.map_err(|e| format!("index 1: {e}"))?;
    expiry(table, clock, space).await.map_err(|e| format!("expiry: {e}"))?;
    versions(table, space).await.map_err(|e| format!("versions: {e}"))?;
    counters(table, clock, space).await.map_err(|e| format!("counters: {e}"))?;
    limits(table, space).await.map_err(|e| format!("limits: {e}"))
}

fn ensure(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

fn conflict<T>(result: Result<T, LedgerError>, what: &str) -> Result<(), String> {
    ensure(matches!(result, Err(LedgerError::Conflict { .. })), what)
}

fn put(key: &Key, n: i64, condition: Condition) -> Vec<Write> {
    vec![Write::Put(Item::new(key.clone(), json!({ "n": n })), condition)]
}

async fn conditions(table: &dyn Table, space: &str) -> Result<(), String> {
    let key = Key::new(format!("{space}CONDITION"), "a");
    let say = |e: LedgerError| e.to_string();
    ensure(table.get(&key).await.map_err(say)?.is_none(), "an item is there before it was put")?;
    conflict(table.transact(put(&key, 0, Condition::Version(1))).await, "a version held of an absent item")?;
    table.transact(put(&key, 1, Condition::Absent)).await.map_err(say)?;
    conflict(table.transact(put(&key, 2, Condition::Absent)).await, "absent held of an item that is there")?;
    let item = table.get(&key).await.map_err(say)?.ok_or("a put item is not there")?;
    ensure(item.version == 1 && item.body == json!({ "n": 1 }), "the item is not what was put")?;
    table.transact(put(&key, 2, Condition::Version(1))).await.map_err(say)?;
    conflict(table.transact(put(&key, 3, Condition::Version(1))).await, "a stale version held")?;
    let item = table.get(&key).await.map_err(say)?.ok_or("the item is gone")?;
    ensure(item.version == 2 && item.body == json!({ "n": 2 }), "a refused put changed the item")?;
    conflict(table.transact(vec![Write::Delete(key.clone(), Condition::Version(1))]).await, "a stale delete happened")?;
    table.transact(vec![Write::Delete(key.clone(), Condition::Version(2))]).await.map_err(say)?;
    table.transact(vec![Write::Delete(key.clone(), Condition::None)]).await.map_err(say)?;
    ensure(table.get(&key).await.map_err(say)?.is_none(), "a deleted item is there")
}

async fn transactions(table: &dyn Table, space: &str) -> Result<(), String> {
    let say = |e: LedgerError| e.to_string();
    let [a, b, c] = ["a", "b", "c"].map(|sk| Key::new(format!("{space}TRANSACT"), sk));
    table.transact(put(&a, 1, Condition::Absent)).await.map_err(say)?;
    let mixed = |check: Condition| {
        vec![
            Write::Put(Item::new(b.clone(), json!({})), Condition::Absent),
            Write::Delete(a.clone(), Condition::None),
            Write::Check(c.clone(), check),
        ]
    };
    conflict(table.transact(mixed(Condition::Version(7))).await, "a transaction with a failed check happened")?;
    ensure(table.get(&a).await.map_err(say)?.is_some(), "half a transaction happened: a delete")?;
    ensure(table.get(&b).await.map_err(say)?.is_none(), "half a transaction happened: a put")?;
    table.transact(mixed(Condition::Absent)).await.map_err(say)?;
    ensure(table.get(&a).await.map_err(say)?.is_none(), "a transaction's delete did not happen")?;
    ensure(table.get(&b).await.map_err(say)?.is_some(), "a transaction's put did not happen")?;
    let twice = [put(&c, 1, Condition::None), put(&c, 2, Condition::None)].concat();
    ensure(table.transact(twice).await.is_err(), "a transaction wrote one item twice")
}

async fn queries(table: &dyn Table, space: &str) -> Result<(), String> {
    let say = |e: LedgerError| e.to_string();
    let pk = format!("{space}QUERY");
    let items = (0..25).rev().map(|n| Item::new(Key::new(pk.clone(), format!("k{n:02}")), json!({ "n": n }))).collect();
    table.put_all(items).await.map_err(say)?;
    // A neighbor that a wrong prefix would match.
    table.put_all(vec![Item::new(Key::new(format!("{pk}2"), "k00"), json!({}))]).await.map_err(say)?;
    let names = |items: &[Item]| items.iter().map(|i| i.key.sk.clone()).collect::<Vec<_>>();
    for descending in [false, true] {
        let query = Query { limit: 7, descending, ..Query::partition(&pk) };
        let page = table.query(&query).await.map_err(say)?;
        ensure(page.items.len() == 7 && page.next.is_some(), "a page is not as long as its limit")?;
        let mut all = names(&table.query_all(query).await.map_err(say)?);
        if descending {
            all.reverse();
        }
        ensure(all.len() == 25 && all.is_sorted(), "pages lose, repeat or disorder items")?;
    }
    let exact = Query { limit: 25, ..Query::partition(&pk) };
    ensure(table.query(&exact).await.map_err(say)?.next.is_none(), "a full last page promises more")?;
    let between = Query { limit: 2, ..Query::partition(&pk) }.between("k03", "k07");
    ensure(
        names(&table.query_all(between).await.map_err(say)?) == ["k03", "k04", "k05", "k06", "k07"],
        "a range is wrong",
    )?;
    let prefix = Query { limit: 4, ..Query::partition(&pk) }.prefix("k1");
    ensure(table.query_all(prefix.clone()).await.map_err(say)?.len() == 10, "a prefix is wrong")?;
    let both = prefix.between("k08", "k12");
    ensure(names(&table.query_all(both).await.map_err(say)?) == ["k10", "k11", "k12"], "a prefix in a range is wrong")?;
    let backwards = Query::partition(&pk).between("k07", "k03");
    ensure(
        table.query_all(backwards).await.map_err(say)?.is_empty(),
        "a range that ends before it begins is not empty",
    )?;
    let keys = (0..25).map(|n| Key::new(pk.clone(), format!("k{n:02}"))).collect();
    table.delete_all(keys).await.map_err(say)?;
    ensure(table.query_all(Query::partition(&pk)).await.map_err(say)?.is_empty(), "deleted items are found")
}

async fn index(table: &dyn Table, space: &str) -> Result<(), String> {
    let say = |e: LedgerError| e.to_string();
    let (pk, index) = (format!("{space}INDEXED"), format!("{space}STATUS"));
    // Five items under two sort keys of the index.
    let items = (0..5)
        .map(|n| {
            Item::new(Key::new(pk.clone(), n.to_string()), json!({}))
                .indexed(Key::new(index.clone(), format!("s{}", n % 2)))
        })
        .collect();
    table.put_all(items).await.map_err(say)?;
    for descending in [false, true] {
        let query = Query { limit: 2, descending, ..Query::partition(&index) };
        let found = table.query_index_all(query).await.map_err(say)?;
        ensure(found.len() == 5, "pages of the index lose or repeat items of one sort key")?;
    }
    let moved = Item::new(Key::new(pk.clone(), "0"), json!({})).indexed(Key::new(index.clone(), "t"));
    table.put_all(vec![moved]).await.map_err(say)?;
    let found = table.query_index_all(Query::partition(&index).prefix("t")).await.map_err(say)?;
    ensure(found.len() == 1, "an item is not where it moved in the index")?;
    table.put_all(vec![Item::new(Key::new(pk, "0"), json!({}))]).await.map_err(say)?;
    ensure(table.query_index_all(Query::partition(&index)).await.map_err(say)?.len() == 4, "an item stays in the index")
}

async fn expiry(table: &dyn Table, clock: &TestClock, space: &str) -> Result<(), String> {
    let say = |e: LedgerError| e.to_string();
    let key = Key::new(format!("{space}EXPIRING"), "a");
    let index = Key::new(format!("{space}EXPIRING1"), "a");
    let item = Item::new(key.clone(), json!({})).indexed(index.clone()).expiring(clock.now().as_second() + 10);
    table.transact(vec![Write::Put(item, Condition::Absent)]).await.map_err(say)?;
    ensure(table.get(&key).await.map_err(say)?.is_some(), "an item is gone before its time")?;
    clock.advance(10);
    ensure(table.get(&key).await.map_err(say)?.is_none(), "an expired item is read")?;
    ensure(table.query_all(Query::partition(&key.pk)).await.map_err(say)?.is_empty(), "an expired item is queried")?;
    ensure(
        table.query_index_all(Query::partition(&index.pk)).await.map_err(say)?.is_empty(),
        "an expired item is indexed",
    )?;
    table.transact(put(&key, 2, Condition::Absent)).await.map_err(|e| format!("an expired item is in the way: {e}"))
}

async fn versions(table: &dyn Table, space: &str) -> Result<(), String> {
    let say = |e: LedgerError| e.to_string();
    let key = Key::new(format!("{space}VERSION"), "a");
    let mut seen = Vec::new();
    for n in 0..3 {
        // Of two puts of one item in one call, the last one counts.
        let twice = [n + 100, n].map(|n| Item::new(key.clone(), json!({ "n": n })));
        table.put_all(twice.into()).await.map_err(say)?;
        let item = table.get(&key).await.map_err(say)?.ok_or("a put item is not there")?;
        ensure(item.body == json!({ "n": n }), "the last put of a call does not count")?;
        for stale in &seen {
            conflict(table.transact(put(&key, 9, Condition::Version(*stale))).await, "a version survived a put")?;
        }
        seen.push(item.version);
    }
    let last = seen.last().copied().unwrap_or_default();
    table.transact(put(&key, 7, Condition::Version(last))).await.map_err(say)?;
    conflict(table.transact(put(&key, 8, Condition::Version(last))).await, "a stale version held")
}

async fn counters(table: &dyn Table, clock: &TestClock, space: &str) -> Result<(), String> {
    let say = |e: LedgerError| e.to_string();
    let expires = clock.now().as_second() + 60;
    let counter = |minute: &str| Key::new(format!("{space}COUNTER"), minute);
    // A repeated request of a client may count twice, and no addition is lost.
    let mut before = 0;
    for added in 1..=3 {
        let count = table.count(&counter("1"), expires).await.map_err(say)?;
        ensure(count > before && count >= added, "an addition is lost")?;
        before = count;
    }
    ensure(table.count(&counter("2"), expires).await.map_err(say)? < before, "counters of two keys are one")?;
    clock.advance(60);
    ensure(table.get(&counter("1")).await.map_err(say)?.is_none(), "an expired counter is read")
}

async fn limits(table: &dyn Table, space: &str) -> Result<(), String> {
    let pk = format!("{space}LIMIT");
    let large = Item::new(Key::new(pk.clone(), "large"), json!({ "text": "x".repeat(BODY_BYTES) }));
    let result = table.put_all(vec![large]).await;
    ensure(matches!(result, Err(LedgerError::TooLarge(_))), "an item above the limit is taken")?;
    let long = Item::new(Key::new(pk.clone(), "k".repeat(1025)), json!({}));
    let result = table.put_all(vec![long]).await;
    ensure(matches!(result, Err(LedgerError::TooLarge(_))), "a sort key above the limit is taken")?;
    let heavy = (0..=TRANSACTION_BYTES / (380 << 10))
        .map(|n| {
            let body = json!({ "text": "x".repeat(380 << 10) });
            Write::Put(Item::new(Key::new(pk.clone(), n.to_string()), body), Condition::None)
        })
        .collect();
    ensure(
        matches!(table.transact(heavy).await, Err(LedgerError::TooLarge(_))),
        "a transaction of too many bytes is taken",
    )?;
    let many = (0..=TRANSACTION_WRITES)
        .map(|n| Write::Check(Key::new(pk.clone(), n.to_string()), Condition::Absent))
        .collect();
    ensure(
        matches!(table.transact(many).await, Err(LedgerError::TooLarge(_))),
        "a transaction above the limit is taken",
    )
}
