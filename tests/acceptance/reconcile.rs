//! Acceptance: a sample month reconciles within ±3 %.

use tollgate_model::{Amount, Currency};
use tollgate_pipeline::{Invoice, PipelineError, Verdict, reconcile};

use crate::support::{Store, corpus, focus};

#[tokio::test]
async fn a_sample_month_reconciles_within_three_percent() {
    let Some(folder) = corpus() else { return };
    let store = Store::new();
    store.ingest(&[folder.join("aws-cur-legacy.csv")]).await.unwrap();
    let exact = reconcile(&store.context, None, &[], 3).await.unwrap();
    assert!(exact.fine() && exact.rows.len() == 2);
    assert!(exact.rows.iter().all(|r| r.verdict == Verdict::Exact));
    // An invoice rounds to cents.
    let lake = exact.rows[0].lake;
    let invoice = Invoice { period: "2023-11".parse().unwrap(), currency: Currency::USD, amount: lake.round(2) };
    let report = reconcile(&store.context, None, &[invoice], 3).await.unwrap();
    assert!(report.fine(), "{report:?}");
}

#[tokio::test]
async fn the_tolerance_is_a_line() {
    let store = Store::new();
    store.ingest_text("a.csv", focus(&[("2026-10-01", "EC2", "103", "Usage")])).await.unwrap();
    let verdict = async |amount: &str| {
        let invoice = Invoice {
            period: "2026-10".parse().unwrap(),
            currency: Currency::USD,
            amount: amount.parse::<Amount>().unwrap(),
        };
        reconcile(&store.context, None, &[invoice], 3).await.unwrap().rows.pop().unwrap().verdict
    };
    assert_eq!(verdict("103").await, Verdict::Exact);
    assert_eq!(verdict("100").await, Verdict::Within);
    assert_eq!(verdict("99.99").await, Verdict::Beyond);
    assert_eq!(verdict("0").await, Verdict::Beyond);
    let other =
        Invoice { period: "2026-10".parse().unwrap(), currency: "EUR".parse().unwrap(), amount: Amount::whole(5) };
    assert_eq!(
        reconcile(&store.context, None, &[other], 3).await.unwrap().rows.pop().unwrap().verdict,
        Verdict::Beyond
    );
}

#[tokio::test]
async fn an_empty_store_does_not_reconcile() {
    assert!(matches!(reconcile(&Store::new().context, None, &[], 3).await, Err(PipelineError::Empty)));
}
