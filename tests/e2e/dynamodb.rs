//! The ledger's table on DynamoDB, held to the one contract by two servers, and over a proxy that fails as AWS does.

use std::sync::Arc;

use serde_json::json;
use tollgate_ledger::conformance::{TestClock, items, suite};
use tollgate_ledger::{Condition, DynamoTable, Item, Key, LedgerError, Query, Table, Write};

use crate::aws::{Fault, Proxy, create_table, dynamodb};
use crate::servers::{dynalite, moto};

async fn table(url: &str, name: &str, clock: Arc<TestClock>) -> DynamoTable {
    let client = dynamodb(url);
    create_table(&client, name).await;
    DynamoTable::new(client, name, clock, "test")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn moto_conforms() {
    let server = moto();
    let clock = TestClock::at(1_000);
    let table = table(&server.url, "conformance", clock.clone()).await;
    suite(&table, &clock, "t#").await.unwrap();
    // And again over what the first run left behind.
    suite(&table, &clock, "u#").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs dynalite: run `cargo xtask test`"]
async fn dynalite_conforms() {
    let server = dynalite();
    let clock = TestClock::at(1_000);
    let table = table(&server.url, "conformance", clock.clone()).await;
    // It has no transactions.
    items(&table, &clock, "t#").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn what_fails_in_passing_changes_nothing_that_is_seen() {
    let server = moto();
    for fault in [Fault::Throttles, Fault::LosesAnswers, Fault::TakesHalf, Fault::Conflicts] {
        let clock = TestClock::at(1_000);
        let name = format!("{fault:?}");
        create_table(&dynamodb(&server.url), &name).await;
        let proxy = Proxy::start(&server.url, fault).await;
        let table = DynamoTable::new(dynamodb(&proxy.url), name, clock.clone(), "test");
        match fault {
            // moto doesn't know the tokens of transactions; a put by itself is known again.
            Fault::LosesAnswers => {
                for version in 0..20 {
                    let condition = if version == 0 { Condition::Absent } else { Condition::Version(version) };
                    let item = Item::new(Key::new("once", "a"), json!({ "n": version }));
                    table.transact(vec![Write::Put(item, condition)]).await.unwrap();
                }
                assert_eq!(table.get(&Key::new("once", "a")).await.unwrap().unwrap().version, 20);
            }
            _ => {
                suite(&table, &clock, "t#").await.unwrap_or_else(|e| panic!("{fault:?}: {e}"));
                for n in 0..6 {
                    let both = ["a", "b"]
                        .map(|sk| Write::Put(Item::new(Key::new("both", sk), json!({ "n": n })), Condition::None));
                    table.transact(both.into()).await.unwrap();
                }
                assert_eq!(table.get(&Key::new("both", "b")).await.unwrap().unwrap().version, 6, "{fault:?}");
            }
        }
        let items: Vec<Item> =
            (0..180).map(|n| Item::new(Key::new("many", format!("{n:03}")), json!({ "n": n }))).collect();
        table.put_all(items.clone()).await.unwrap();
        let found = table.query_all(Query::partition("many")).await.unwrap();
        assert_eq!(found.len(), 180, "{fault:?}");
        assert!(found.iter().zip(&items).all(|(a, b)| a.key == b.key && a.body == b.body), "{fault:?}");
        table.delete_all(items.into_iter().map(|i| i.key).collect()).await.unwrap();
        assert!(table.query_all(Query::partition("many")).await.unwrap().is_empty(), "{fault:?}");
        assert!(proxy.failed() > 0, "{fault:?} never happened");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn a_server_that_never_answers_is_busy_after_a_bounded_wait() {
    let server = moto();
    let proxy = Proxy::start(&server.url, Fault::Never).await;
    let table = DynamoTable::new(dynamodb(&proxy.url), "nowhere", TestClock::at(1_000), "test");
    let key = Key::new("a", "b");
    for error in [
        table.get(&key).await.unwrap_err(),
        table.transact(vec![Write::Delete(key.clone(), Condition::None)]).await.unwrap_err(),
        table.put_all(vec![Item::new(key.clone(), json!({}))]).await.unwrap_err(),
        table.query(&Query::partition("a")).await.unwrap_err(),
    ] {
        assert!(matches!(error, LedgerError::Unavailable(_)) && error.retryable(), "{error}");
    }
    // Every attempt was counted: eight of the client for each call.
    assert_eq!(proxy.failed(), 32);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs dynalite: run `cargo xtask test`"]
async fn many_writers_count_without_losing_one() {
    // moto does two requests at once in the same place; dynalite one after the other, as DynamoDB for one item.
    let server = dynalite();
    let table = Arc::new(table(&server.url, "count", TestClock::at(0)).await);
    let key = Key::new("t#COUNT", "n");
    let count = |times: usize| {
        let (table, key) = (table.clone(), key.clone());
        tokio::spawn(async move {
            let mut done = 0;
            while done < times {
                let there = table.get(&key).await.unwrap();
                let n = there.as_ref().map_or(0, |i| i.body["n"].as_u64().unwrap());
                let condition = there.map_or(Condition::Absent, |i| Condition::Version(i.version));
                let item = Item::new(key.clone(), json!({ "n": n + 1 }));
                match table.transact(vec![Write::Put(item, condition)]).await {
                    Ok(()) => done += 1,
                    Err(LedgerError::Conflict { .. }) => {}
                    Err(other) => panic!("{other}"),
                }
            }
        })
    };
    for task in [count(20), count(20), count(20)] {
        task.await.unwrap();
    }
    assert_eq!(table.get(&key).await.unwrap().unwrap().body["n"], 60);
}
