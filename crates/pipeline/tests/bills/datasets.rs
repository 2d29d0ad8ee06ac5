//! FOCUS's datasets beside the charges: kept by key, apart from the charges.

use tollgate_model::FocusDataset;
use tollgate_pipeline::{DatasetReport, keep_datasets, list_imports, roll_back_import, separate_datasets};

use crate::support::{Store, actor};

const CHARGES: &str = "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,\
    ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,InvoiceIssuerName\n\
    1,1,1,USD,2026-10-01,2026-11-01,2026-10-05,2026-10-06,Usage,AWS,EC2,AWS\n";

#[tokio::test]
async fn a_file_of_billing_periods_is_no_bill_and_its_rows_replace_those_of_their_key() {
    let store = Store::new();
    let charges = store.write("charges.csv", CHARGES);
    let periods = |name: &str, status: &str| {
        let text = format!(
            "InvoiceIssuerName,BillingPeriodStart,BillingPeriodEnd,BillingPeriodStatus\nAWS,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,{status}\n"
        );
        store.write(name, &text)
    };
    let (files, datasets) = separate_datasets(&[charges.clone(), periods("periods.csv", "Open")]).unwrap();
    assert_eq!((files.as_slice(), datasets.len()), (&[charges][..], 1));
    let first = keep_datasets(&store.context, &datasets, None).await.unwrap();
    assert_eq!((first[0].dataset, first[0].rows, first[0].replaced), (FocusDataset::BillingPeriods, 1, 0));
    store.ingest(&files).await.unwrap();

    let (_, datasets) = separate_datasets(&[periods("later.csv", "Closed")]).unwrap();
    let second = keep_datasets(&store.context, &datasets, None).await.unwrap();
    assert_eq!(second[0].replaced, 1);
    let kept = store.context.lake.document("focus-billing_periods.json").await.unwrap().unwrap();
    let kept = String::from_utf8(kept).unwrap();
    assert!(kept.contains("Closed") && !kept.contains("Open"), "{kept}");
}

/// Keeps a file of billing periods: a month and its status in each line.
async fn keep(store: &Store, name: &str, import: Option<&str>, rows: &[(&str, &str)]) -> DatasetReport {
    let mut text = "InvoiceIssuerName,BillingPeriodStart,BillingPeriodEnd,BillingPeriodStatus\n".to_owned();
    for (month, status) in rows {
        text += &format!("AWS,2026-{month}-01T00:00:00Z,2026-{month}-28T00:00:00Z,{status}\n");
    }
    let (_, datasets) = separate_datasets(&[store.write(name, &text)]).unwrap();
    keep_datasets(&store.context, &datasets, import).await.unwrap().remove(0)
}

/// The month and status of each row that is kept, sorted.
async fn kept(store: &Store) -> Vec<String> {
    let bytes = store.context.lake.document("focus-billing_periods.json").await.unwrap().unwrap();
    let rows: Vec<tollgate_model::DatasetRow> = serde_json::from_slice(&bytes).unwrap();
    let mut out: Vec<String> =
        rows.iter().map(|row| format!("{} {}", &row["BillingPeriodStart"][5..7], row["BillingPeriodStatus"])).collect();
    out.sort();
    out
}

#[tokio::test]
async fn a_rollback_removes_the_rows_of_an_import_and_restores_those_that_they_replaced() {
    let store = Store::new();
    keep(&store, "a.csv", None, &[("09", "Closed"), ("10", "Open")]).await;
    let second = keep(&store, "b.csv", None, &[("10", "Closed"), ("11", "Open")]).await;
    assert_eq!(kept(&store).await, ["09 Closed", "10 Closed", "11 Open"]);
    let done = roll_back_import(&store.context, &actor(), &second.import).await.unwrap();
    assert!(done.deliveries.is_empty());
    let dataset = &done.datasets[0];
    assert_eq!((dataset.removed, dataset.restored, dataset.replaced_later), (2, 1, 0));
    assert_eq!(kept(&store).await, ["09 Closed", "10 Open"]);
    let again = roll_back_import(&store.context, &actor(), &second.import).await.unwrap_err().to_string();
    assert!(again.starts_with("no delivery of import"), "{again}");
}

#[tokio::test]
async fn a_row_that_a_later_import_replaced_stays_and_its_rollback_restores_the_row_before_both() {
    let store = Store::new();
    keep(&store, "a.csv", None, &[("10", "Open")]).await;
    let second = keep(&store, "b.csv", None, &[("10", "Wrong"), ("11", "Wrong")]).await;
    let third = keep(&store, "c.csv", None, &[("10", "Closed")]).await;
    let done = roll_back_import(&store.context, &actor(), &second.import).await.unwrap();
    assert_eq!((done.datasets[0].removed, done.datasets[0].replaced_later), (1, 1));
    assert_eq!(kept(&store).await, ["10 Closed"]);
    roll_back_import(&store.context, &actor(), &third.import).await.unwrap();
    assert_eq!(kept(&store).await, ["10 Open"]);
}

#[tokio::test]
async fn charges_and_datasets_of_one_import_are_rolled_back_together() {
    let store = Store::new();
    let report = store.ingest(&[store.write("charges.csv", CHARGES)]).await.unwrap();
    keep(&store, "a.csv", Some(&report.import), &[("10", "Open")]).await;
    keep(&store, "b.csv", Some(&report.import), &[("10", "Closed"), ("11", "Open")]).await;
    let done = roll_back_import(&store.context, &actor(), &report.import).await.unwrap();
    assert_eq!((done.deliveries.len(), done.datasets.len()), (1, 1));
    assert!(kept(&store).await.is_empty());
    assert!(list_imports(&store.context.state).await.unwrap().is_empty());
}
