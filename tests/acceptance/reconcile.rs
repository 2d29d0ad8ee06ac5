//! Acceptance: a sample month reconciles within ±3 %.

use tollgate_model::{Amount, Currency};
use tollgate_pipeline::{Invoice, PipelineError, ReconcileVerdict, reconcile};

use crate::support::{Store, corpus, focus};

#[tokio::test]
#[ignore = "needs the corpus of real files: TOLLGATE_CORPUS names its folder"]
async fn a_sample_month_reconciles_within_three_percent() {
    let folder = corpus();
    let store = Store::new();
    store.ingest(&[folder.join("aws-cur-legacy.csv")]).await.unwrap();
    let exact = reconcile(&store.context.state, None, &[], 3).await.unwrap();
    assert!(exact.is_within_tolerance() && exact.rows.len() == 2);
    assert!(exact.rows.iter().all(|r| r.verdict == ReconcileVerdict::Exact));
    // An invoice rounds to cents.
    let lake = exact.rows[0].lake;
    let invoice = Invoice { period: "2023-11".parse().unwrap(), currency: Currency::USD, amount: lake.round(2) };
    let report = reconcile(&store.context.state, None, &[invoice], 3).await.unwrap();
    assert!(report.is_within_tolerance(), "{report:?}");
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
        reconcile(&store.context.state, None, &[invoice], 3).await.unwrap().rows.pop().unwrap().verdict
    };
    assert_eq!(verdict("103").await, ReconcileVerdict::Exact);
    assert_eq!(verdict("100").await, ReconcileVerdict::Within);
    assert_eq!(verdict("99.99").await, ReconcileVerdict::Beyond);
    assert_eq!(verdict("0").await, ReconcileVerdict::Beyond);
    let other =
        Invoice { period: "2026-10".parse().unwrap(), currency: "EUR".parse().unwrap(), amount: Amount::whole(5) };
    assert_eq!(
        reconcile(&store.context.state, None, &[other], 3).await.unwrap().rows.pop().unwrap().verdict,
        ReconcileVerdict::Beyond
    );
}

#[tokio::test]
async fn an_empty_store_does_not_reconcile() {
    assert!(matches!(reconcile(&Store::new().context.state, None, &[], 3).await, Err(PipelineError::Empty)));
}
