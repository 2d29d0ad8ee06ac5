//! Commitments are watched by the charges that use them.

use tollgate_model::incident::IncidentKind;
use tollgate_model::{Amount, Day, IncidentState};
use tollgate_pipeline::detect;

use crate::support::Store;

/// A savings plan of 240 a day from 2026-09-01 through `last`, of which `used` says how much covers something.
fn charges(last: &str, used: impl Fn(Day) -> i32) -> String {
    let (first, last): (Day, Day) = ("2026-09-01".parse().unwrap(), last.parse().unwrap());
    let mut text = String::from(
        "BilledCost,EffectiveCost,ListCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,\
         ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,CommitmentDiscountId,\
         CommitmentDiscountStatus\n",
    );
    for i in 0..=last - first {
        let day = first.plus(i);
        let month = day.month();
        let used = used(day);
        let mut row = |cost: i32, list: i32, plan: &str, status: &str| {
            text += &format!(
                "0,{cost},{list},1,USD,{},{},{day},{},Usage,AWS,EC2,{plan},{status}\n",
                month.first_day(),
                month.next().first_day(),
                day.plus(1)
            );
        };
        row(used, used * 3 / 2, "sp-1", "Used");
        if used < 240 {
            row(240 - used, 0, "sp-1", "Unused");
        }
        row(60, 60, "", "");
    }
    text
}

#[tokio::test]
async fn a_commitment_used_less_alerts_once_and_resolves_when_use_returns() {
    let store = Store::new();
    let fall: Day = "2026-11-01".parse().unwrap();
    let back: Day = "2026-11-12".parse().unwrap();
    let used = |day: Day| if day >= fall && day < back { 150 } else { 238 };
    store.ingest_text("plan.csv", charges("2026-11-10", used)).await.unwrap();
    let report = detect(&store.context).await.unwrap();
    let unused: Vec<_> = report.new.iter().filter(|i| i.kind == IncidentKind::CommitmentUnused).collect();
    assert_eq!(unused.len(), 1, "{:#?}", report.new);
    assert_eq!((unused[0].start, unused[0].impact_per_day), (fall, Amount::whole(88)));
    let why = unused[0].explanation();
    assert!(why.contains("utilization fell from 99 % to 62 %"), "{why}");
    assert!(detect(&store.context).await.unwrap().new.is_empty());

    store.ingest_text("plan.csv", charges("2026-11-19", used)).await.unwrap();
    let report = detect(&store.context).await.unwrap();
    let over: Vec<_> = report.changed.iter().filter(|i| i.kind == IncidentKind::CommitmentUnused).collect();
    assert_eq!(over.len(), 1, "{:#?}", report.changed);
    assert_eq!(over[0].state, IncidentState::Resolved);
}

#[tokio::test]
async fn an_end_that_the_policy_names_is_announced_before_it_comes() {
    let store =
        Store::with_policy("commitment \"plan\" {\n  id = \"sp-1\"\n  ends = \"2026-12-05\"\n  warn_days = 30\n}\n");
    store.ingest_text("plan.csv", charges("2026-11-18", |_| 238)).await.unwrap();
    let report = detect(&store.context).await.unwrap();
    assert_eq!(report.new.len(), 1, "{:#?}", report.new);
    assert_eq!(report.new[0].kind, IncidentKind::CommitmentEnds);
    // Without it, what it covers costs its list price.
    assert_eq!(report.new[0].impact_per_day, Amount::whole(119));
}

/// A savings plan of 240 a day that covers use of 336 a day and, after a fall, of 126: as AWS's reports and FOCUS state it.
fn savings_plan(last: &str, fall: Day, format: &str) -> String {
    let (first, last): (Day, Day) = ("2026-09-01".parse().unwrap(), last.parse().unwrap());
    let mut text = match format {
        "focus" => "BilledCost,EffectiveCost,ListCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,\
            ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,SubAccountId,RegionId,CommitmentDiscountId,CommitmentDiscountStatus\n"
            .to_owned(),
        _ => {
            let names = "line_item_line_item_type,line_item_unblended_cost,pricing_public_on_demand_cost,bill_payer_account_id,\
                line_item_currency_code,bill_billing_period_start_date,bill_billing_period_end_date,line_item_usage_start_date,\
                line_item_usage_end_date,line_item_product_code,line_item_usage_account_id,product_region_code,\
                savings_plan_savings_plan_a_r_n,savings_plan_savings_plan_effective_cost,\
                savings_plan_total_commitment_to_date,savings_plan_used_commitment\n";
            if format == "cur2" { names.to_owned() } else { legacy(names) }
        }
    };
    for i in 0..=last - first {
        let day = first.plus(i);
        let month = day.month();
        let (start, end) = (month.first_day(), month.next().first_day());
        let used = if day < fall { 238 } else { 90 };
        let list = used * 7 / 5;
        let dates = format!("{start},{end},{day},{}", day.plus(1));
        if format == "focus" {
            let mut row = |billed: i32, effective: i32, list: i32, category: &str, status: &str| {
                text += &format!(
                    "{billed},{effective},{list},1,USD,{dates},{category},AWS,Amazon Elastic Compute Cloud,2,us-east-1,arn:sp,{status}\n"
                );
            };
            row(0, used, list, "Usage", "Used");
            row(240, 0, 240, "Purchase", "");
            row(0, 240 - used, 0, "Usage", "Unused");
        } else {
            let mut row = |kind: &str, cost: i32, list: i32, rest: &str| {
                text += &format!("{kind},{cost},{list},1,USD,{dates},AmazonEC2,2,us-east-1,arn:sp,{rest}\n");
            };
            row("SavingsPlanCoveredUsage", list, list, &format!("{used},,"));
            row("SavingsPlanNegation", -list, 0, ",,");
            row("SavingsPlanRecurringFee", 240, 240, &format!(",240,{used}"));
        }
    }
    text
}

/// Names of CUR 2.0 as those of the legacy report.
fn legacy(names: &str) -> String {
    let camel = |name: &str| -> String { name.split('_').map(|w| w[..1].to_uppercase() + &w[1..]).collect() };
    let one = |name: &str| {
        let group = ["line_item", "pricing", "bill", "product", "savings_plan"];
        let group = group.iter().find(|g| name.starts_with(&format!("{g}_"))).unwrap();
        let name = camel(&name[group.len() + 1..]);
        let group = camel(group);
        format!("{}/{}", group[..1].to_lowercase() + &group[1..], name)
    };
    names.trim().split(',').map(one).collect::<Vec<_>>().join(",") + "\n"
}

#[tokio::test]
async fn a_commitment_is_watched_alike_whatever_format_the_bill_came_in() {
    let fall: Day = "2026-11-08".parse().unwrap();
    let mut answers = Vec::new();
    for format in ["legacy", "cur2", "focus"] {
        let store = Store::new();
        store.ingest_text("plan.csv", savings_plan("2026-11-18", fall, format)).await.unwrap();
        let report = detect(&store.context).await.unwrap();
        let incidents: Vec<String> =
            report.new.iter().map(|i| format!("{:?} {} {}", i.kind, i.start, i.impact_per_day)).collect();
        let query = "select ChargePeriodStart, ServiceName, CommitmentDiscountStatus, sum(BilledCost), sum(EffectiveCost) from charges \
            where EffectiveCost <> 0 group by 1, 2, 3 order by 1, 3";
        let rows = tollgate_pipeline::sql(&store.context, query).await.unwrap().rows;
        let effective: Vec<String> =
            rows.iter().map(|r| format!("{:?} {:?} {:?} {:?}", r[0], r[1], r[2], r[4])).collect();
        let query = "select ChargePeriodStart, sum(BilledCost), sum(EffectiveCost) from charges group by 1 order by 1";
        let days = tollgate_pipeline::sql(&store.context, query).await.unwrap().rows;
        answers.push((format, incidents, effective, format!("{days:?}")));
    }
    for answer in &answers[1..] {
        let first = &answers[0];
        assert_eq!((&answer.1, &answer.2, &answer.3), (&first.1, &first.2, &first.3), "{} and {}", answer.0, first.0);
    }
    assert!(answers[0].1.iter().any(|i| i.starts_with("CommitmentUnused 2026-11-08 148")), "{:?}", answers[0].1);
}
