//! Charges of many days: the use of meters and of commitments on each of their days.

use tollgate_pipeline::usage_of_meters;

use crate::support::Store;

const HEADER: &str = "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,\
    ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,SubAccountId,ResourceId,SkuMeter,ConsumedQuantity,ConsumedUnit\n";

fn used(resource: &str, from: &str, to: &str, quantity: &str) -> String {
    format!(
        "1,1,1,USD,2026-10-01,2026-11-01,{from},{to},Usage,AWS,S3,a,{resource},Requests-Tier1,{quantity},Requests\n"
    )
}

#[tokio::test]
async fn use_of_a_month_in_one_row_is_use_of_each_day() {
    let store = Store::new();
    let mut text = HEADER.to_owned() + &used("bucket", "2026-10-01", "2026-11-01", "3100");
    text += &used("other", "2026-10-20", "2026-10-21", "7");
    text += &used("other", "2026-10-25", "2026-10-26", "7");
    store.ingest(&[store.write("month.csv", &text)]).await.unwrap();
    // The newest day is that of single days: October 25, which is left out.
    let usage = usage_of_meters(&store.context, 10).await.unwrap().unwrap();
    assert_eq!((usage.from.to_string(), usage.to.to_string()), ("2026-10-15".to_owned(), "2026-10-25".to_owned()));
    let rows: Vec<String> =
        usage.rows.iter().map(|row| format!("{} {} since {}", row.resource, row.quantity, row.since)).collect();
    assert_eq!(rows, ["bucket 1000 since 2026-10-15", "other 7 since 2026-10-20"]);
}

#[tokio::test]
async fn use_of_months_only_counts_until_the_last_day() {
    let store = Store::new();
    let text = HEADER.to_owned() + &used("bucket", "2026-10-01", "2026-11-01", "3100");
    store.ingest(&[store.write("month.csv", &text)]).await.unwrap();
    let usage = usage_of_meters(&store.context, 30).await.unwrap().unwrap();
    assert_eq!(usage.to.to_string(), "2026-10-31");
    assert_eq!(usage.rows[0].quantity.to_string(), "3000");
}
