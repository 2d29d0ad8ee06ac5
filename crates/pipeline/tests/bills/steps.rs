//! A change of more deliveries than one transaction has writes: wherever it stops, readers see all of it or nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use tollgate_ledger::{Item, Key, LedgerError, MemoryTable, Page, Query, Table, Write};
use tollgate_pipeline::{list_imports, roll_back_import};

use crate::support::{Row, Store, actor, focus, october, row};

/// A table whose process is killed after some transactions.
struct Mortal {
    table: MemoryTable,
    left: Arc<AtomicI64>,
}

#[async_trait]
impl Table for Mortal {
    async fn get(&self, key: &Key) -> Result<Option<Item>, LedgerError> {
        self.table.get(key).await
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), LedgerError> {
        if self.left.fetch_sub(1, Ordering::Relaxed) <= 0 {
            return Err(LedgerError::Unavailable("killed".to_owned()));
        }
        self.table.transact(writes).await
    }

    async fn put_all(&self, items: Vec<Item>) -> Result<(), LedgerError> {
        self.table.put_all(items).await
    }

    async fn delete_all(&self, keys: Vec<Key>) -> Result<(), LedgerError> {
        self.table.delete_all(keys).await
    }

    async fn query(&self, query: &Query) -> Result<Page, LedgerError> {
        self.table.query(query).await
    }

    async fn query_index(&self, query: &Query) -> Result<Page, LedgerError> {
        self.table.query_index(query).await
    }
}

/// Deliveries of one month, each of an account.
const DELIVERIES: usize = 95;
/// Transactions that no change has.
const MANY: i64 = 1 << 40;

fn bill(number: usize, cost: &str) -> Vec<Row> {
    october(1..=1, &format!("account-{number}"), cost)
}

fn whole(store: &Store, cost: &str) -> PathBuf {
    let rows: Vec<Row> = (0..DELIVERIES).flat_map(|n| bill(n, "0")).collect();
    let rows: Vec<Row> = rows.iter().map(|(day, account, resource, _)| row(day, account, resource, cost)).collect();
    store.write(&format!("whole-{cost}.csv"), &focus(&rows))
}

/// BilledCost of the month, and the deliveries that count.
async fn counts(store: &Store) -> (String, usize) {
    (store.billed().await.join(" "), list_imports(&store.context.state).await.unwrap().len())
}

#[tokio::test]
async fn a_change_in_steps_happens_or_does_not() {
    let left = Arc::new(AtomicI64::new(MANY));
    let lives = Arc::clone(&left);
    let store = Store::on(|table| Arc::new(Mortal { table, left: lives }));
    let killed_after = |transactions: i64| left.store(transactions, Ordering::Relaxed);
    let paths: Vec<_> = (0..DELIVERIES).map(|n| store.write(&format!("{n}.csv"), &focus(&bill(n, "10")))).collect();
    store.ingest(&paths).await.unwrap();
    let single = ("2026-10 950".to_owned(), DELIVERIES);
    assert_eq!(counts(&store).await, single);

    // One delivery replaces all: the first transaction makes the change, later ones remove what it hides.
    let (eleven, twelve) = (whole(&store, "11"), whole(&store, "12"));
    killed_after(0);
    assert!(store.ingest(std::slice::from_ref(&eleven)).await.is_err());
    assert_eq!(counts(&store).await, single);
    killed_after(1);
    let _ = store.ingest(std::slice::from_ref(&eleven)).await;
    assert_eq!(counts(&store).await, ("2026-10 1045".to_owned(), 1));

    // A rollback writes the replaced ones first, hidden. It may stop anywhere and be tried again.
    let import = list_imports(&store.context.state).await.unwrap()[0].import.clone();
    let mut stopped = 0;
    for transactions in 0.. {
        killed_after(transactions);
        if roll_back_import(&store.context, &actor(), &import).await.is_ok() {
            break;
        }
        stopped += 1;
        assert_eq!(counts(&store).await, ("2026-10 1045".to_owned(), 1), "after {transactions}");
    }
    assert!(stopped >= 3, "{stopped}");
    assert_eq!(counts(&store).await, single);

    // What a killed change left behind does not come back with a later change.
    killed_after(1);
    let _ = store.ingest(&[eleven]).await;
    killed_after(MANY);
    store.ingest(&[twelve]).await.unwrap();
    assert_eq!(counts(&store).await, ("2026-10 1140".to_owned(), 1));
    let import = list_imports(&store.context.state).await.unwrap()[0].import.clone();
    roll_back_import(&store.context, &actor(), &import).await.unwrap();
    assert_eq!(counts(&store).await, ("2026-10 1045".to_owned(), 1));
}
