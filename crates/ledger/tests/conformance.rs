//! Both embedded tables, held to the one contract, and what is SQLite's own.

use std::sync::Arc;

use tollgate_ledger::conformance::{TestClock, suite};
use tollgate_ledger::sqlite::SCHEMA_VERSION;
use tollgate_ledger::{Condition, Item, Key, LedgerError, MemoryTable, SqliteTable, Table, Write};

#[tokio::test]
async fn memory_conforms() {
    let clock = TestClock::at(1_000);
    let table = MemoryTable::new(clock.clone());
    suite(&table, &clock, "t#").await.unwrap();
}

#[tokio::test]
async fn sqlite_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(1_000);
    let table = SqliteTable::open(&folder.path().join("ledger.db"), clock.clone()).unwrap();
    suite(&table, &clock, "t#").await.unwrap();
    // And again over what the first run left behind.
    suite(&table, &clock, "u#").await.unwrap();
}

#[tokio::test]
async fn counters_of_minutes_that_are_over_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(0);
    let table = SqliteTable::open(&folder.path().join("ledger.db"), clock.clone()).unwrap();
    for minute in 0..20 {
        let key = Key::new("t#RATE#a", minute.to_string());
        assert_eq!(table.count(&key, (minute + 2) * 60).await.unwrap(), 1);
        assert_eq!(table.count(&key, (minute + 2) * 60).await.unwrap(), 2);
        clock.advance(60);
    }
    // Readers do not see expired items; the sweep counts what is left of them.
    assert_eq!(table.sweep().unwrap(), 1);
}

#[tokio::test]
async fn two_connections_count_without_losing_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let key = Key::new("t#COUNT", "n");
    let count = |times: usize| {
        let (path, key) = (path.clone(), key.clone());
        std::thread::spawn(move || {
            let table = SqliteTable::open(&path, TestClock::at(0)).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let mut done = 0;
                while done < times {
                    let there = table.get(&key).await.unwrap();
                    let n = there.as_ref().map_or(0, |i| i.body["n"].as_u64().unwrap());
                    let condition = there.map_or(Condition::Absent, |i| Condition::Version(i.version));
                    let item = Item::new(key.clone(), serde_json::json!({ "n": n + 1 }));
                    match table.transact(vec![Write::Put(item, condition)]).await {
                        Ok(()) => done += 1,
                        Err(LedgerError::Conflict { .. }) => {}
                        Err(other) => panic!("{other}"),
                    }
                }
            });
        })
    };
    [count(200), count(200)].into_iter().for_each(|t| t.join().unwrap());
    let table = SqliteTable::open(&path, TestClock::at(0)).unwrap();
    assert_eq!(table.get(&key).await.unwrap().unwrap().body["n"], 400);
}

#[tokio::test]
async fn a_store_of_a_newer_tollgate_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    drop(SqliteTable::open(&path, TestClock::at(0)).unwrap());
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
    let error = SqliteTable::open(&path, TestClock::at(0)).err().unwrap();
    assert!(matches!(error, LedgerError::NewerSchema { .. }));
    assert!(error.to_string().contains("upgrade this one"), "{error}");
    let version: i64 = raw.query_row("PRAGMA user_version", [], |r| r.get(0)).unwrap();
    assert_eq!(version, SCHEMA_VERSION + 1);
}

#[tokio::test]
async fn an_older_store_is_migrated_with_what_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute_batch(
        "PRAGMA application_id = 1414285140; PRAGMA user_version = 1;
         CREATE TABLE item (pk TEXT NOT NULL, sk TEXT NOT NULL, body TEXT NOT NULL, version INTEGER NOT NULL,
             expires INTEGER, pk1 TEXT, sk1 TEXT, PRIMARY KEY (pk, sk)) WITHOUT ROWID, STRICT;
         CREATE INDEX index1 ON item (pk1, sk1, pk, sk) WHERE pk1 IS NOT NULL;
         INSERT INTO item VALUES ('t#A', 'b', '{\"n\":1}', 3, NULL, NULL, NULL);",
    )
    .unwrap();
    drop(raw);
    let table = SqliteTable::open(&path, TestClock::at(0)).unwrap();
    assert_eq!(table.get(&Key::new("t#A", "b")).await.unwrap().unwrap().version, 3);
    let raw = rusqlite::Connection::open(&path).unwrap();
    let version: i64 = raw.query_row("PRAGMA user_version", [], |r| r.get(0)).unwrap();
    assert_eq!(version, SCHEMA_VERSION);
}

#[tokio::test]
async fn another_programs_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    assert!(matches!(SqliteTable::open(&path, TestClock::at(0)), Err(LedgerError::NotAStore { .. })));
    let text = folder.path().join("x.txt");
    std::fs::write(&text, "not a database, but long enough to be taken for one by its size alone".repeat(20)).unwrap();
    assert!(matches!(SqliteTable::open(&text, TestClock::at(0)), Err(LedgerError::NotAStore { .. })));
    let clock: Arc<TestClock> = TestClock::at(0);
    assert!(SqliteTable::open(&folder.path().join("no/such/folder.db"), clock).is_err());
}
