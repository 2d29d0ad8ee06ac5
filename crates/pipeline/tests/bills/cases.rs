//! The shared cases of bills that went wrong, each with its right value.

use tollgate_model::Amount;

use crate::support::{Store, case};

async fn billed(calls: &[&[&str]]) -> Vec<String> {
    let store = Store::new();
    for call in calls {
        let paths: Vec<_> = call.iter().map(|name| case(name)).collect();
        store.ingest(&paths).await.unwrap();
    }
    store.billed().await
}

#[tokio::test]
#[ignore = "needs the cases of bills: a folder beside the repository"]
async fn subscriptions_of_one_account_lie_beside_each_other() {
    assert_eq!(billed(&[&["02-azure-subscription-a.csv"], &["02-azure-subscription-b.csv"]]).await, ["2026-10 4340"]);
    assert_eq!(billed(&[&["02-azure-subscription-b.csv", "02-azure-subscription-a.csv"]]).await, ["2026-10 4340"]);
}

#[tokio::test]
#[ignore = "needs the cases of bills: a folder beside the repository"]
async fn months_to_date_in_one_call_are_the_newest() {
    let names = ["03-azure-month-to-date-10.csv", "03-azure-month-to-date-20.csv", "03-azure-month-to-date-31.csv"];
    assert_eq!(billed(&[&names]).await, ["2026-10 310"]);
    assert_eq!(billed(&[&names[2..], &names[..1], &names[1..2]]).await, ["2026-10 310"]);
}

#[tokio::test]
#[ignore = "needs the cases of bills: a folder beside the repository"]
async fn a_late_row_does_not_replace_its_month() {
    let (september, october) = ("11-september.csv", "11-october-with-late-september-row.csv");
    for calls in [&[&[september][..], &[october]][..], &[&[october], &[september]], &[&[september, october]]] {
        assert_eq!(billed(calls).await, ["2026-09 3002.5", "2026-10 7"], "{calls:?}");
    }
}

#[tokio::test]
#[ignore = "needs the cases of bills: a folder beside the repository"]
async fn two_spellings_of_a_provider_are_one_source() {
    let (short, long) = ("17-focus12-provider-aws.csv", "17-focus13-provider-amazon-web-services.csv");
    assert_eq!(billed(&[&[short], &[long]]).await, ["2026-10 10"]);
    assert_eq!(billed(&[&[long], &[short]]).await, ["2026-10 10"]);
}

#[tokio::test]
#[ignore = "needs the cases of bills: a folder beside the repository"]
async fn a_month_in_one_row_is_no_spike() {
    let store = Store::new();
    store.ingest(&[case("12-monthly-row-in-daily-series.csv")]).await.unwrap();
    let most = store.days().await.into_values().max().unwrap();
    assert!(most < Amount::whole(300), "{most}");
    assert_eq!(tollgate_pipeline::detect(&store.context).await.unwrap().new, []);
}
