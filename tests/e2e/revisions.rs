//! Revisions: the same content changes nothing, different content replaces it as a whole, and changes are reported.

use tollgate_model::{Amount, Currency, Day};
use tollgate_pipeline::{ImportOutcome, detect, sql};

use crate::support::{Store, focus};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_same_content_again_is_nothing_in_any_order_and_dress() {
    let store = Store::new();
    let rows = [
        ("2026-10-01", "EC2", "5.5", "Usage"),
        ("2026-10-02", "S3", "1.25", "Usage"),
        ("2026-10-02", "S3", "1.25", "Usage"),
    ];
    let first = store.ingest_text("a.csv", focus(&rows)).await.unwrap();
    assert_eq!(first.periods[0].outcome, ImportOutcome::New);
    let mut reversed = rows;
    reversed.reverse();
    let again = store.ingest_text("b.csv", focus(&reversed)).await.unwrap();
    assert_eq!(again.periods[0].outcome, ImportOutcome::Unchanged);
    assert_eq!(again.periods[0].revision, first.periods[0].revision);
    let path = store.folder.path().join("c.csv.gz");
    let mut gzip = flate2::write::GzEncoder::new(std::fs::File::create(&path).unwrap(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, focus(&rows).replace('\n', "\r\n").as_bytes()).unwrap();
    gzip.finish().unwrap();
    assert_eq!(store.ingest(&[path]).await.unwrap().periods[0].outcome, ImportOutcome::Unchanged);
    // A duplicate row counts: without it the content is another.
    assert_eq!(
        store.ingest_text("d.csv", focus(&rows[..2])).await.unwrap().periods[0].outcome,
        ImportOutcome::Replaced
    );
}

#[tokio::test]
async fn a_new_revision_replaces_the_old_one_and_lists_what_it_restated() {
    let store = Store::new();
    let old = [
        ("2026-10-01", "EC2", "10", "Usage"),
        ("2026-10-02", "EC2", "10", "Usage"),
        ("2026-10-02", "Gone", "3", "Usage"),
        ("2026-10-05", "EC2", "4", "Usage"),
    ];
    let new = [
        ("2026-10-01", "EC2", "10", "Usage"),
        ("2026-10-02", "EC2", "12", "Usage"),
        ("2026-10-05", "EC2", "9", "Usage"),
        ("2026-10-06", "EC2", "9", "Usage"),
    ];
    store.ingest_text("a.csv", focus(&old)).await.unwrap();
    let report = store.ingest_text("a.csv", focus(&new)).await.unwrap();
    let restated = &report.periods[0].restatement;
    // The 5th was the provisional last day and the 6th is new: neither is restated.
    assert_eq!(restated.days, [day("2026-10-02")]);
    assert_eq!((restated.series, restated.vanished), (2, 1));
    assert_eq!(restated.effective.get(Currency::USD), Amount::whole(-1));
    let sum = sql(&store.context, "select sum(BilledCost), count(*) from charges").await.unwrap();
    assert_eq!(sum.rows[0][0], tollgate_lake::Cell::Number("40".into()));
    // A vanished series is zero, not stale.
    let daily =
        tollgate_pipeline::daily_costs(&store.context.state, &[tollgate_model::series::Facet::Service]).await.unwrap();
    assert_eq!(daily.len(), 1);
}

#[tokio::test]
async fn files_of_one_period_become_one_revision_and_periods_stay_separate() {
    let store = Store::new();
    let (a, b) = (store.folder.path().join("a.csv"), store.folder.path().join("b.csv"));
    std::fs::write(&a, focus(&[("2026-10-01", "EC2", "1", "Usage"), ("2026-11-01", "EC2", "2", "Usage")])).unwrap();
    std::fs::write(&b, focus(&[("2026-10-02", "S3", "4", "Usage")])).unwrap();
    let report = store.ingest(&[a, b]).await.unwrap();
    let months: Vec<(String, u64)> =
        report.periods.iter().map(|p| (p.revision.period.to_string(), p.totals.rows)).collect();
    assert_eq!(months, [("2026-10".to_owned(), 2), ("2026-11".to_owned(), 1)]);
    assert!(report.periods.iter().all(|p| p.revision.source.as_str() == "aws-1"));
}

#[tokio::test]
async fn kinds_of_charges_stay_separate() {
    let store = Store::new();
    let mut rows: Vec<(String, &str, &str)> =
        (0..60).map(|i| (day("2026-08-20").plus(i).to_string(), "100", "Usage")).collect();
    rows.push(("2026-10-10".into(), "90000", "Purchase"));
    rows.push(("2026-10-11".into(), "5000", "Tax"));
    rows.push(("2026-10-12".into(), "-4000", "Credit"));
    rows.push(("2026-10-13".into(), "-3000", "Adjustment"));
    let text = focus(&rows.iter().map(|(d, c, k)| (d.as_str(), "EC2", *c, *k)).collect::<Vec<_>>());
    let report = store.ingest_text("a.csv", text).await.unwrap();
    assert!(report.periods.iter().all(|p| p.totals.conserved()));
    let kinds: std::collections::BTreeSet<String> = {
        let periods = store.context.state.ledger.periods().await.unwrap();
        let mut out = std::collections::BTreeSet::new();
        for p in &periods {
            out.extend(store.context.state.ledger.series(p).await.unwrap().into_iter().map(|s| s.key.kind.to_string()));
        }
        out
    };
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["credit", "purchase", "refund", "tax", "usage"]);
    assert_eq!(detect(&store.context).await.unwrap().new, []);
}

#[tokio::test]
async fn a_restated_day_is_not_an_anomaly() {
    let store = Store::new();
    let month = |spike: Option<&str>| {
        let rows: Vec<(String, String)> = (0..60)
            .map(|i| {
                let d = day("2026-08-20").plus(i).to_string();
                let cost = if spike == Some(d.as_str()) { "400".to_owned() } else { format!("{}", 100 + i % 3) };
                (d, cost)
            })
            .collect();
        focus(&rows.iter().map(|(d, c)| (d.as_str(), "EC2", c.as_str(), "Usage")).collect::<Vec<_>>())
    };
    store.ingest_text("a.csv", month(None)).await.unwrap();
    assert_eq!(detect(&store.context).await.unwrap().new, []);
    // The provider restates a day of last week to four times its cost.
    store.ingest_text("a.csv", month(Some("2026-10-08"))).await.unwrap();
    let report = detect(&store.context).await.unwrap();
    assert_eq!(report.new, []);
    assert_eq!(report.restated.len(), 1);
    assert_eq!(report.restated[0].start, day("2026-10-08"));
}

#[tokio::test]
async fn an_incident_lives_through_growth_and_return_and_detecting_twice_changes_nothing() {
    let store = Store::new();
    let until = |last: &str, spike: std::ops::RangeInclusive<&str>| {
        let rows: Vec<(String, String)> = (0..80)
            .map(|i| day("2026-08-20").plus(i))
            .filter(|d| *d <= day(last))
            .map(|d| {
                let high = day(spike.start()) <= d && d <= day(spike.end());
                (d.to_string(), if high { "500".to_owned() } else { format!("{}", 200 + d.epoch_days() % 3) })
            })
            .collect();
        focus(&rows.iter().map(|(d, c)| (d.as_str(), "EC2", c.as_str(), "Usage")).collect::<Vec<_>>())
    };
    store.ingest_text("a.csv", until("2026-10-21", "2026-10-20"..="2026-10-30")).await.unwrap();
    let found = detect(&store.context).await.unwrap().new;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].start, found[0].last, found[0].is_live()), (day("2026-10-20"), day("2026-10-20"), true));
    assert_eq!(found[0].causes.iter().filter(|c| c.share_percent >= 90).count(), found[0].causes.len());
    let again = detect(&store.context).await.unwrap();
    assert_eq!((again.new, again.changed), (vec![], vec![]));

    store.ingest_text("a.csv", until("2026-10-23", "2026-10-20"..="2026-10-30")).await.unwrap();
    let grown = detect(&store.context).await.unwrap();
    assert_eq!(grown.new, []);
    assert_eq!((grown.changed[0].id.as_str(), grown.changed[0].last), (found[0].id.as_str(), day("2026-10-22")));
    store.ingest_text("a.csv", until("2026-10-27", "2026-10-20"..="2026-10-22")).await.unwrap();
    let back = detect(&store.context).await.unwrap();
    assert_eq!((back.changed[0].id.as_str(), back.changed[0].is_live()), (found[0].id.as_str(), false));
    assert!(back.changed[0].events.len() >= 3);
}

#[tokio::test]
async fn another_dimension_sorts_the_same_charges_anew_and_restates_nothing() {
    let mut store = Store::new();
    let rows = [("2026-10-01", "EC2", "5", "Usage"), ("2026-10-02", "S3", "1", "Usage")];
    store.ingest_text("a.csv", focus(&rows)).await.unwrap();
    let policy = "dimension \"kind\" { value = charge.service_name == \"S3\" ? \"storage\" : \"compute\" }";
    store.context.state.policy = std::sync::Arc::new(tollgate_policy::Policy::parse("p", policy).unwrap());
    let report = store.ingest_text("a.csv", focus(&rows)).await.unwrap();
    assert_eq!(report.periods[0].outcome, ImportOutcome::Replaced);
    assert!(report.periods[0].restatement.is_empty());
    let current = store.context.state.ledger.periods().await.unwrap().remove(0);
    let series = store.context.state.ledger.series(&current).await.unwrap();
    let kinds: Vec<&str> = series.iter().filter_map(|s| s.key.dimensions.get("kind")).map(String::as_str).collect();
    assert_eq!(kinds.len(), 2);
    assert!(kinds.contains(&"storage") && kinds.contains(&"compute"));
    assert_eq!(store.ingest_text("a.csv", focus(&rows)).await.unwrap().periods[0].outcome, ImportOutcome::Unchanged);
}
