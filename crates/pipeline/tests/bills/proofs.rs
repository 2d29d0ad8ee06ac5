//! What a proof proves: the file's own money columns, explained kind by kind to the last digit.

use tollgate_model::{Basis, StatedCost};
use tollgate_pipeline::reconcile;

use crate::support::Store;

const AZURE: &str = "Date,MeterCategory,Quantity,UnitOfMeasure,CostInBillingCurrency,BillingCurrencyCode,BillingPeriodStartDate,\
    BillingPeriodEndDate,ChargeType,PricingModel,SubscriptionId,BillingAccountId,benefitId,ResourceId\n";

fn azure(rows: &[(&str, &str, &str, &str)]) -> String {
    let mut text = AZURE.to_owned();
    for (kind, model, cost, benefit) in rows {
        text += &format!(
            "10/02/2026,Virtual Machines,1,1 Hour,{cost},USD,10/01/2026,10/31/2026,{kind},{model},s1,8,{benefit},r-{kind}-{model}\n"
        );
    }
    text
}

fn against(stated: &[StatedCost], basis: Basis) -> &StatedCost {
    stated.iter().find(|s| s.against == basis).unwrap()
}

#[tokio::test]
async fn the_use_of_commitments_explains_what_billed_leaves_out() {
    let store = Store::new();
    let rows = [
        ("Usage", "OnDemand", "2.4", ""),
        ("Usage", "Reservation", "1.000000000000000000000001", "b1"),
        ("UnusedReservation", "Reservation", "0.5", "b1"),
    ];
    let report = store.ingest(&[store.write("amortized.csv", &azure(&rows))]).await.unwrap();
    assert!(report.is_explained());
    let billed = against(&report.files[0].stated, Basis::Billed);
    assert_eq!(billed.stated.iter().next().unwrap().amount.to_string(), "3.900000000000000000000001");
    assert_eq!(billed.cost.iter().next().unwrap().amount.to_string(), "2.4");
    let kinds: Vec<&str> = billed.differences.iter().map(|d| d.kind.as_str()).collect();
    assert_eq!(kinds, ["UnusedReservation, Reservation", "Usage, Reservation"]);
    assert!(against(&report.files[0].stated, Basis::Effective).differences.is_empty());
    let reconciled = reconcile(&store.context.state, None, &[], 0).await.unwrap();
    assert!(reconciled.is_within_tolerance());
    assert_eq!(reconciled.stated.len(), 2);
}

#[tokio::test]
async fn the_net_cost_of_a_report_is_explained_by_its_discounts() {
    let header = "line_item_line_item_type,line_item_unblended_cost,line_item_net_unblended_cost,line_item_usage_start_date,\
        line_item_usage_end_date,bill_billing_period_start_date,bill_billing_period_end_date,line_item_currency_code,\
        bill_payer_account_id,line_item_usage_account_id,line_item_product_code\n";
    let line = |kind: &str, cost: &str, net: &str| {
        format!(
            "{kind},{cost},{net},2026-10-01T00:00:00Z,2026-10-01T01:00:00Z,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,USD,1,2,AmazonEC2\n"
        )
    };
    let text = header.to_owned() + &line("Usage", "10", "9") + &line("EdpDiscount", "-1", "0");
    let store = Store::new();
    let report = store.ingest(&[store.write("cur.csv", &text)]).await.unwrap();
    let net = report.files[0].stated.iter().find(|s| s.column == "line_item_net_unblended_cost").unwrap();
    assert!(net.is_explained());
    assert_eq!((net.stated.clone(), net.differences.len()), (net.cost.clone(), 2));
    assert_eq!(net.stated.iter().next().unwrap().amount.to_string(), "9");
}

#[tokio::test]
async fn a_rejected_row_is_a_difference_of_its_own() {
    let store = Store::new();
    let text = azure(&[("Usage", "OnDemand", "2.4", ""), ("Usage", "OnDemand", "7", "")]).replacen(
        "10/02/2026,Virtual Machines,1,1 Hour,7",
        "nonsense,Virtual Machines,1,1 Hour,7",
        1,
    );
    let report = store.ingest(&[store.write("a.csv", &text)]).await.unwrap();
    let billed = against(&report.files[0].stated, Basis::Billed);
    assert_eq!(billed.differences.len(), 1);
    assert_eq!((billed.differences[0].kind.as_str(), billed.differences[0].rows), ("rejected rows", 1));
    assert!(billed.is_explained());
}

#[test]
fn a_difference_without_a_reason_or_that_does_not_add_up_is_not_explained() {
    let money = |text: &str| {
        let mut totals = tollgate_model::Totals::default();
        totals.add(tollgate_model::Money::new(text.parse().unwrap(), tollgate_model::Currency::USD)).unwrap();
        totals
    };
    let difference = |reason: Option<&str>, amount: &str| tollgate_model::StatedDifference {
        kind: "Purchase".to_owned(),
        reason: reason.map(str::to_owned),
        rows: 1,
        amount: money(amount),
    };
    let proof = |reason, amount| StatedCost {
        column: "Cost".to_owned(),
        against: Basis::Billed,
        stated: money("1202.4"),
        cost: money("2.4"),
        differences: vec![difference(reason, amount)],
    };
    assert!(proof(Some("why"), "-1200").is_explained());
    assert!(!proof(None, "-1200").is_explained());
    assert!(!proof(Some("why"), "-1199.999999999999999999999999").is_explained());
}
