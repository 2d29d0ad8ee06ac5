//! Messages: each fact is announced once, in the transaction that saves it.

use tollgate_ledger::Ledger;
use tollgate_model::budget::ThresholdOn;
use tollgate_model::{Content, IncidentChange, Message};
use tollgate_pipeline::{ReconcileVerdict, ReferenceCosts, announce_revisions, compare, detect, judge_budgets};
use tollgate_sources::ReadOptions;

use crate::support::{Store, focus};

const POLICY: &str = r#"
budget "all" {
  amount   = 2000
  currency = "USD"
  thresholds { actual = [50, 80] }
}
detection { provisional_days = 0 }
"#;

async fn waiting(ledger: &Ledger) -> Vec<Message> {
    let mut out: Vec<Message> = ledger.outbox().await.unwrap().into_iter().map(|(_, m)| m).collect();
    out.sort_by(|a, b| a.id.cmp(&b.id));
    out
}

/// A service at a steady cost through a day of November, and what it costs on the last day.
fn november(days: usize, last: &str) -> String {
    let rows: Vec<(String, &str)> =
        (1..=days).map(|d| (format!("2026-11-{d:02}"), if d == days { last } else { "100" })).collect();
    focus(&rows.iter().map(|(d, c)| (d.as_str(), "EC2", *c, "Usage")).collect::<Vec<_>>())
}

/// The month before, so that there are baselines.
fn october() -> String {
    let rows: Vec<String> = (1..=31).map(|d| format!("2026-10-{d:02}")).collect();
    focus(&rows.iter().map(|d| (d.as_str(), "EC2", "100", "Usage")).collect::<Vec<_>>())
}

#[tokio::test]
async fn a_threshold_alerts_once_in_its_period() {
    let store = Store::with_policy(POLICY);
    let budget = |messages: Vec<Message>| -> Vec<(u32, ThresholdOn)> {
        let of = |m: &Message| match &m.content {
            Content::Budget { crossed, .. } => crossed.iter().map(|c| (c.percent, c.on)).collect(),
            _ => Vec::new(),
        };
        messages.iter().flat_map(of).collect()
    };
    store.ingest_text("o.csv", october()).await.unwrap();
    store.ingest_text("n.csv", november(9, "100")).await.unwrap();
    judge_budgets(&store.context.state).await.unwrap();
    assert_eq!(budget(waiting(&store.context.state.ledger).await), []);
    store.ingest_text("n.csv", november(12, "100")).await.unwrap();
    for _ in 0..3 {
        judge_budgets(&store.context.state).await.unwrap();
        assert_eq!(budget(waiting(&store.context.state.ledger).await), [(50, ThresholdOn::Actual)]);
    }
    store.ingest_text("n.csv", november(17, "100")).await.unwrap();
    judge_budgets(&store.context.state).await.unwrap();
    let crossed = budget(waiting(&store.context.state.ledger).await);
    assert_eq!(crossed, [(50, ThresholdOn::Actual), (80, ThresholdOn::Actual)]);
}

#[tokio::test]
async fn an_incident_alerts_when_it_opens_and_not_when_it_ended_long_before_the_first_run() {
    let store = Store::with_policy(POLICY);
    let incidents = |messages: Vec<Message>| -> Vec<IncidentChange> {
        let of = |m: Message| match m.content {
            Content::Incident { change, .. } => Some(change),
            _ => None,
        };
        messages.into_iter().filter_map(of).collect()
    };
    let spiked = |text: String| {
        text.replace("100,100,1,USD,2026-11-01,2026-12-01,2026-11-05", "900,900,1,USD,2026-11-01,2026-12-01,2026-11-05")
    };
    store.ingest_text("o.csv", october()).await.unwrap();
    store.ingest_text("n.csv", spiked(november(16, "100"))).await.unwrap();
    let first = detect(&store.context).await.unwrap();
    assert!(!first.new.is_empty(), "a spike that is long over is found");
    assert_eq!(incidents(waiting(&store.context.state.ledger).await), []);
    store.ingest_text("n.csv", spiked(november(17, "400"))).await.unwrap();
    let second = detect(&store.context).await.unwrap();
    assert_eq!(second.new.len(), 1);
    detect(&store.context).await.unwrap();
    assert_eq!(incidents(waiting(&store.context.state.ledger).await), [IncidentChange::Opened]);
}

#[tokio::test]
async fn revisions_of_a_killed_run_are_reported_by_the_next() {
    let store = Store::new();
    store.ingest_text("o.csv", october()).await.unwrap();
    // Killed here: nothing was sent.
    assert!(waiting(&store.context.state.ledger).await.is_empty());
    store.ingest_text("n.csv", november(3, "100")).await.unwrap();
    assert_eq!(announce_revisions(&store.context.state).await.unwrap(), 2);
    assert_eq!(announce_revisions(&store.context.state).await.unwrap(), 0);
    let messages = waiting(&store.context.state.ledger).await;
    let [Message { content: Content::RevisionsCurrent { revisions }, .. }] = messages.as_slice() else {
        panic!("{messages:#?}")
    };
    assert_eq!(revisions.len(), 2);
}

#[tokio::test]
async fn a_month_is_compared_by_account_and_service_and_the_gap_is_explained() {
    let store = Store::new();
    store.ingest_text("n.csv", november(10, "100")).await.unwrap();
    // Another payer's charges of the month are none of the comparison's.
    store.ingest_text("p.csv", november(10, "70").replace(",1,USD,", ",2,USD,")).await.unwrap();
    let compared = async |text: String| {
        let path = store.folder.path().join("other.csv");
        std::fs::write(&path, text).unwrap();
        let mut other = ReferenceCosts::default();
        other.add(tollgate_sources::open_file(&path, &ReadOptions::default()).unwrap()).unwrap();
        let period = other.periods()[0];
        compare(&store.context.state, None, period, period.days().end, ("it", &other), 3).await.unwrap()
    };
    let same = compared(november(10, "100").replace("EC2", "Amazon EC2")).await;
    assert!(same.is_within_tolerance() && same.accounts[0].verdict == ReconcileVerdict::Exact, "{same:#?}");
    assert!(compared(november(10, "129")).await.is_within_tolerance(), "2.9 % of 1029 is within");
    let apart =
        compared(november(10, "100") + focus(&[("2026-11-02", "S3", "50", "Usage")]).lines().last().unwrap()).await;
    assert!(!apart.is_within_tolerance());
    let gaps: Vec<String> = apart.gaps().map(|g| format!("{:?} {}", g.service, g.difference())).collect();
    assert_eq!(gaps, [r#"Some("S3") -50"#]);
    // Half an account of a month is none.
    let mut other = ReferenceCosts::default();
    let path = store.folder.path().join("bad.csv");
    std::fs::write(&path, november(3, "x")).unwrap();
    let error = other.add(tollgate_sources::open_file(&path, &ReadOptions::default()).unwrap()).unwrap_err();
    assert!(error.to_string().contains("rows rejected: 1"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_at_the_same_time_find_the_same_and_alert_once() {
    let store = Store::with_policy(POLICY);
    store.ingest_text("o.csv", october()).await.unwrap();
    store.ingest_text("n.csv", november(16, "100")).await.unwrap();
    detect(&store.context).await.unwrap();
    store.ingest_text("n.csv", november(17, "400")).await.unwrap();
    let runs: Vec<_> = (0..6)
        .map(|_| {
            let context = store.context.clone();
            tokio::spawn(async move { detect(&context).await })
        })
        .collect();
    let mut new = 0;
    for run in runs {
        new += run.await.unwrap().unwrap().new.len();
    }
    assert_eq!(new, 1);
    let opened = waiting(&store.context.state.ledger).await.into_iter().filter(|m| m.id.event() == "opened").count();
    assert_eq!(opened, 1);
}
