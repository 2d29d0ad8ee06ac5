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
