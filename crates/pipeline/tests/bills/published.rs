//! Allocations that are published after an import, of the months that changed and of no closed one; and shares of a cluster.

use std::sync::Arc;

use tollgate_pipeline::{Actor, PublishedAllocations, allocation_plan, close_month, publish_allocations};
use tollgate_policy::Policy;

use crate::support::{Store, focus, row};

const POLICY: &str = "dimension \"team\" {\n  value = charge.sub_account_id\n}\n\
    allocation \"shared\" {\n  source = { team = \"shared\" }\n  method = \"even\"\n}\n";

fn bill(store: &Store, month: &str, shared: &str) -> std::path::PathBuf {
    let day = |day: u8| format!("2026-{month}-{day:02}");
    let rows = [row(&day(1), "a", "r1", "10"), row(&day(2), "b", "r2", "20"), row(&day(3), "shared", "r3", shared)];
    store.write(&format!("{month}.csv"), &focus(&rows))
}

async fn store(policy: &str) -> Store {
    let mut store = Store::new();
    store.context.state.policy = Arc::new(Policy::parse("t", policy).unwrap());
    store
}

/// `month team billed` of what is published.
async fn published(store: &Store) -> Vec<String> {
    let Some(bytes) = store.context.lake.document("allocations.json").await.unwrap() else { return Vec::new() };
    let document: PublishedAllocations = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(document.version, 1);
    let each = document.months.iter().flat_map(|m| m.totals.iter().map(move |t| (m, t)));
    each.map(|(m, t)| format!("{} {} {}", m.period, t.value, t.billed)).collect()
}

#[tokio::test]
async fn a_month_is_computed_when_it_changed_and_the_newest_come_first() {
    let store = store(POLICY).await;
    let bills = ["08", "09", "10"].map(|month| bill(&store, month, "5"));
    store.ingest(&bills).await.unwrap();
    let publish = async |most| publish_allocations(&store.context, most).await.unwrap();
    let first = publish(2).await;
    assert_eq!((first.computed.len(), first.waiting, first.failed.len()), (2, 1, 0));
    assert_eq!(published(&store).await, ["2026-10 a 12.5", "2026-10 b 22.5", "2026-09 a 12.5", "2026-09 b 22.5"]);
    assert_eq!((publish(2).await.computed.len(), publish(2).await.computed.len()), (1, 0));
    assert_eq!(published(&store).await.len(), 6);
    // Restated charges change their month, and other rules change all.
    store.ingest(&[bill(&store, "09", "7")]).await.unwrap();
    let restated = publish(5).await;
    assert_eq!(restated.computed, [("team".to_owned(), "2026-09".parse().unwrap())]);
    assert!(published(&store).await.contains(&"2026-09 a 13.5".to_owned()));
}

#[tokio::test]
async fn closed_months_and_policies_without_rules_are_not_published() {
    let store = store(POLICY).await;
    store.ingest(&[bill(&store, "10", "5")]).await.unwrap();
    publish_allocations(&store.context, 5).await.unwrap();
    assert_eq!(published(&store).await.len(), 2);
    let plan = allocation_plan(&store.context.state, None).unwrap();
    close_month(&store.context, &Actor::on_command_line("jane"), "2026-10".parse().unwrap(), &plan).await.unwrap();
    publish_allocations(&store.context, 5).await.unwrap();
    assert!(published(&store).await.is_empty());

    let without = self::store("dimension \"team\" {\n  value = charge.sub_account_id\n}\n").await;
    without.ingest(&[bill(&without, "10", "5")]).await.unwrap();
    assert_eq!(publish_allocations(&without.context, 5).await.unwrap(), Default::default());
    assert_eq!(without.context.lake.document("allocations.json").await.unwrap(), None);
}

/// Two pods of a cluster on the machine i-1, as OpenCost's API answers them.
fn allocations_of_a_cluster() -> String {
    let pod = |name: &str, team: &str, cost: u8| {
        format!(
            r#""{name}":{{"name":"{name}","properties":{{"cluster":"c","namespace":"shop","providerID":"aws:///eu-west-1a/i-1","labels":{{"team":"{team}"}}}},
            "window":{{"start":"2026-10-02T00:00:00Z","end":"2026-10-03T00:00:00Z"}},"start":"2026-10-02T00:00:00Z","end":"2026-10-03T00:00:00Z",
            "minutes":1440,"cpuCost":{cost},"ramCost":0,"totalCost":{cost}}}"#
        )
    };
    format!(r#"{{"code":200,"data":[{{{},{}}}]}}"#, pod("a", "checkout", 3), pod("b", "search", 5))
}

#[tokio::test]
async fn allocations_of_a_cluster_divide_its_machine_and_are_no_cost_of_their_own() {
    let store = store("dimension \"team\" {\n  value = coalesce(charge.tags.team, charge.sub_account_id)\n}\n").await;
    let machine = [row("2026-10-02", "platform", "arn:aws:ec2:eu-west-1:1:instance/i-1", "10")];
    let cluster = store.write("cluster.json", &allocations_of_a_cluster());
    store.ingest(&[store.write("bill.csv", &focus(&machine)), cluster]).await.unwrap();
    let set = tollgate_pipeline::statements(&store.context, None, "2026-10".parse().unwrap()).await.unwrap();
    let each = set.statements.iter().flat_map(|s| s.totals.iter().map(move |t| format!("{} {}", s.value, t.billed)));
    assert_eq!(each.collect::<Vec<_>>(), ["checkout 3", "platform 2", "search 5"]);
    let invoices: Vec<String> = set.invoices.iter().map(|invoice| invoice.billed.to_string()).collect();
    assert_eq!(invoices, ["10"]);
}
