//! FOCUS's datasets beside the charges: kept by key, apart from the charges.

use tollgate_model::FocusDataset;
use tollgate_pipeline::{keep_datasets, separate_datasets};

use crate::support::Store;

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
    let first = keep_datasets(&store.context, &datasets).await.unwrap();
    assert_eq!((first[0].dataset, first[0].rows, first[0].replaced), (FocusDataset::BillingPeriods, 1, 0));
    store.ingest(&files).await.unwrap();

    let (_, datasets) = separate_datasets(&[periods("later.csv", "Closed")]).unwrap();
    let second = keep_datasets(&store.context, &datasets).await.unwrap();
    assert_eq!(second[0].replaced, 1);
    let kept = store.context.lake.document("focus-billing_periods.json").await.unwrap().unwrap();
    let kept = String::from_utf8(kept).unwrap();
    assert!(kept.contains("Closed") && !kept.contains("Open"), "{kept}");
}
