//! Formats: what each says is what FOCUS says of it.

use tollgate_lake::Cell;
use tollgate_pipeline::sql;

use crate::support::{Store, focus};

async fn rows(store: &Store, query: &str) -> Vec<Vec<String>> {
    let shown = |cell: &Cell| match cell {
        Cell::Null => "null".to_owned(),
        Cell::Bool(flag) => flag.to_string(),
        Cell::Number(text) | Cell::Text(text) => text.clone(),
    };
    sql(&store.context, query).await.unwrap().rows.iter().map(|r| r.iter().map(shown).collect()).collect()
}

/// CUR 2.0: a line of each type that spreads a commitment over its use.
#[tokio::test]
async fn aws_line_item_types_spread_commitments_over_their_use() {
    let header = "line_item_line_item_type,line_item_unblended_cost,line_item_usage_start_date,line_item_usage_end_date,\
        bill_billing_period_start_date,bill_billing_period_end_date,line_item_currency_code,bill_payer_account_id,\
        line_item_usage_account_id,line_item_product_code,product_region_code,line_item_usage_type,line_item_usage_amount,\
        reservation_effective_cost,reservation_unused_amortized_upfront_fee_for_billing_period,reservation_unused_recurring_fee,\
        reservation_reservation_a_r_n,savings_plan_savings_plan_effective_cost,savings_plan_total_commitment_to_date,\
        savings_plan_used_commitment,savings_plan_savings_plan_a_r_n,resource_tags\n";
    let line = |kind: &str, cost: &str, rest: &str| {
        format!(
            "{kind},{cost},2026-10-01T00:00:00Z,2026-10-01T01:00:00Z,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,USD,1,2,AmazonEC2,us-east-1,BoxUsage,1,{rest}\n"
        )
    };
    let text = [
        header.to_owned(),
        line("Usage", "1.00", ",,,,,,,,\"{\"\"user_team\"\":\"\"web\"\"}\""),
        line("DiscountedUsage", "0", "0.40,,,arn:ri,,,,,"),
        line("SavingsPlanCoveredUsage", "2.00", ",,,,1.30,,,arn:sp,"),
        line("SavingsPlanNegation", "-2.00", ",,,,,,,arn:sp,"),
        line("SavingsPlanRecurringFee", "1.50", ",,,,,1.50,1.30,arn:sp,"),
        line("RIFee", "0.50", ",0.05,0.05,arn:ri,,,,,"),
        line("Fee", "8.00", ",,,arn:ri,,,,,"),
        line("Tax", "0.10", ",,,,,,,,"),
        line("Credit", "-0.30", ",,,,,,,,"),
        line("Refund", "-0.20", ",,,,,,,,"),
        // Without the amount that its type needs, the cost of a line is unknown.
        line("DiscountedUsage", "0", ",,,arn:ri,,,,,"),
        // A type that AWS adds is kept as billed.
        line("FutureThing", "9", ",,,,,,,,"),
    ]
    .concat();
    let store = Store::new();
    let report = store.ingest_text("anything.txt", text).await.unwrap();
    let file = &report.files[0];
    assert_eq!(file.format, "AWS CUR 2.0, CSV");
    assert_eq!((file.rows_read, file.rows_kept, file.rows_added), (12, 11, 2));
    let reasons: Vec<&str> = file.rejections.iter().map(|r| r.reason.as_str()).collect();
    assert_eq!(reasons, ["is empty; an unknown cost is not zero"]);
    assert!(file.notes.iter().any(|n| n.starts_with("1 ") && n.contains("`FutureThing`")), "{:?}", file.notes);
    let found = rows(
        &store,
        "select ChargeCategory, x_line_item_line_item_type, BilledCost, EffectiveCost, CommitmentDiscountStatus, ServiceCategory \
         from charges order by EffectiveCost, BilledCost",
    )
    .await;
    let short: Vec<String> = found.iter().map(|r| r.join(" ")).collect();
    assert_eq!(
        short,
        [
            "Credit Credit -0.3 -0.3 null Compute",
            "Adjustment Refund -0.2 -0.2 null Compute",
            "Usage SavingsPlanNegation -2 0 null Compute",
            "Purchase RIFee 0.5 0 null Compute",
            "Purchase SavingsPlanRecurringFee 1.5 0 null Compute",
            "Purchase Fee 8 0 null Compute",
            "Usage RIFee 0 0.1 Unused Compute",
            "Tax Tax 0.1 0.1 null Compute",
            "Usage SavingsPlanRecurringFee 0 0.2 Unused Compute",
            "Usage DiscountedUsage 0 0.4 Used Compute",
            "Usage Usage 1 1 null Compute",
            "Usage SavingsPlanCoveredUsage 2 1.3 Used Compute",
            "Adjustment FutureThing 9 9 null Compute",
        ]
    );
    assert_eq!(rows(&store, "select Tags from charges where Tags is not null").await, [[r#"{"team":"web"}"#]]);
}

#[tokio::test]
async fn names_of_focus_1_3_are_put_under_those_of_1_2() {
    let text = focus(&[("2026-10-01", "EC2", "1", "Usage")])
        .replace("ProviderName", "ServiceProviderName,HostProviderName")
        .replace("AWS,", "Acme,AWS,");
    let store = Store::new();
    let report = store.ingest_text("a.csv", text).await.unwrap();
    assert_eq!(report.files[0].format, "FOCUS 1.3, CSV");
    assert_eq!(rows(&store, "select ProviderName, PublisherName from charges").await, [["Acme", "AWS"]]);
    let both = "select ServiceProviderName, HostProviderName from charges";
    assert_eq!(rows(&store, both).await, [["Acme", "AWS"]]);
    // With both names there, the one of 1.2 counts and the other is kept.
    let both = focus(&[("2026-10-01", "EC2", "1", "Usage")])
        .replace("ProviderName", "ProviderName,ServiceProviderName")
        .replace("AWS,", "AWS,Acme,");
    let store = Store::new();
    store.ingest_text("a.csv", both).await.unwrap();
    assert_eq!(rows(&store, "select ProviderName, x_ServiceProviderName from charges").await, [["AWS", "Acme"]]);
}

#[tokio::test]
async fn azure_days_units_regions_and_tags_become_focus() {
    let text = "Date,MeterCategory,MeterName,Quantity,UnitOfMeasure,CostInBillingCurrency,BillingCurrencyCode,BillingPeriodStartDate,\
        BillingPeriodEndDate,ChargeType,PricingModel,ResourceLocation,ConsumedService,ResourceId,Tags,BillingAccountId,benefitId\n\
        10/31/2026,Storage,Writes,2,10K,5.64902E-05,EUR,10/01/2026,10/31/2026,Usage,OnDemand,EU West,Microsoft.Storage,\
        /subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a,\"\"\"team\"\": \"\"web\"\"\",8,\n\
        10/31/2026,Virtual Machines,D4s,24,1 Hour,3.5,EUR,10/01/2026,10/31/2026,Usage,Reservation,EU West,Microsoft.Compute,\
        /subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v,not json,8,r-1\n\
        10/31/2026,Virtual Machines,D4s,0,1 Hour,0.5,EUR,10/01/2026,10/31/2026,UnusedReservation,Reservation,EU West,Microsoft.Compute,,,8,r-1\n";
    let store = Store::new();
    let report = store.ingest_text("a.csv", text).await.unwrap();
    assert_eq!(report.files[0].format, "Azure cost details, CSV");
    assert_eq!(report.files[0].rows_kept, 3);
    let found = rows(
        &store,
        "select ServiceName, ChargePeriodEnd, BillingPeriodEnd, RegionId, ConsumedQuantity, BilledCost, EffectiveCost, \
         CommitmentDiscountStatus, Tags from charges order by EffectiveCost",
    )
    .await;
    let short: Vec<String> = found.iter().map(|r| r.join(" | ")).collect();
    assert_eq!(
        short,
        [
            "Storage Accounts | 2026-11-01T00:00:00Z | 2026-11-01T00:00:00Z | westeurope | 20000 | 0.0000564902 | 0.0000564902 | null | {\"team\":\"web\"}",
            "Virtual Machines | 2026-11-01T00:00:00Z | 2026-11-01T00:00:00Z | westeurope | 0 | 0 | 0.5 | Unused | null",
            "Virtual Machines | 2026-11-01T00:00:00Z | 2026-11-01T00:00:00Z | westeurope | 24 | 0 | 3.5 | Used | null",
        ]
    );
    assert!(report.files[0].notes.iter().any(|n| n.contains("x_Tags")), "{:?}", report.files[0].notes);
}
