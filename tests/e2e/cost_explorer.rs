//! Cost Explorer as a source: pages, a budget of paid calls, throttling, restatements, and answers that cannot be believed.

use std::sync::Arc;

use tollgate_model::{Amount, BillingPeriod, Currency, Day};
use tollgate_pipeline::{ImportOutcome, Input, PeriodReport, ingest, sql};
use tollgate_sources::SourceError;
use tollgate_sources::cost_explorer::{PaidCalls, PeriodRequest, UsageGrouping, read_period};

use crate::fake_cost_explorer::{Cost, Fails, FakeCostExplorer};
use crate::support::{Store, options};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// Two accounts, three services, a savings plan, a tax and a credit, from 2026-10-01 on.
fn october(days: i32) -> Vec<Cost> {
    let mut out = Vec::new();
    for (i, day) in (0..days).map(|i| (i, day("2026-10-01").plus(i))) {
        for account in ["111111111111", "222222222222"] {
            let mut cost = |service, record_type, usage_type, team, unblended: &str, amortized: &str| {
                let (unblended, amortized) = (unblended.parse().unwrap(), amortized.parse().unwrap());
                out.push(Cost { day, account, service, record_type, usage_type, team, unblended, amortized });
            };
            let ec2 = "Amazon Elastic Compute Cloud - Compute";
            cost(ec2, "Usage", "BoxUsage:m7i.large", "checkout", "10.1234567891", "10.1234567891");
            cost(ec2, "Usage", "BoxUsage:c7i.xlarge", "", "4.5", "4.5");
            cost(ec2, "SavingsPlanCoveredUsage", "BoxUsage:m7i.large", "checkout", "8", "5.6");
            cost(ec2, "SavingsPlanNegation", "", "", "-8", "0");
            cost(
                "Amazon Simple Storage Service",
                "Usage",
                "TimedStorage-ByteHrs",
                "data",
                "1.000000001",
                "1.000000001",
            );
            if i == 0 {
                cost("Tax", "Tax", "", "", "3.33", "3.33");
                cost("Savings Plans for AWS Compute usage", "SavingsPlanRecurringFee", "", "", "5.6", "0");
                cost("AWS Support (Business)", "Credit", "", "", "-2", "-2");
            }
        }
    }
    out
}

const TODAY: &str = "2026-10-21";

fn period() -> BillingPeriod {
    day(TODAY).month()
}

fn reading(split: &UsageGrouping) -> PeriodRequest<'_> {
    PeriodRequest { billing_account: "111111111111", period: period(), today: day(TODAY), split }
}

async fn import(
    store: &Store,
    fake: &FakeCostExplorer,
    split: &UsageGrouping,
    calls: &PaidCalls,
) -> Result<PeriodReport, String> {
    let source = read_period(&fake.client(), &reading(split), calls).await.map_err(|e| e.to_string())?;
    let input = Input { name: "Cost Explorer".to_owned(), source: Box::new(source) };
    let report = ingest(&store.context, vec![input], &options(), Arc::new(|_, _, _| {})).await.unwrap();
    assert_eq!(report.rejected(), 0, "{report:#?}");
    Ok(report.periods.into_iter().next().unwrap())
}

fn sum(costs: &[Cost], pick: impl Fn(&Cost) -> Amount) -> Amount {
    costs.iter().filter(|c| c.day < day(TODAY)).map(pick).fold(Amount::ZERO, Amount::saturating_add)
}

#[tokio::test]
async fn every_charge_arrives_however_usage_is_grouped() {
    let costs = october(31);
    let fake = FakeCostExplorer::start(costs.clone()).await;
    let splits = [UsageGrouping::Services, UsageGrouping::UsageTypes, UsageGrouping::Tag("team".to_owned())];
    for split in &splits {
        let store = Store::new();
        let calls = PaidCalls::new(200);
        let before = fake.requests();
        let report = import(&store, &fake, split, &calls).await.unwrap();
        assert_eq!(report.totals.billed_lake.get(Currency::USD), sum(&costs, |c| c.unblended), "{split:?}");
        assert_eq!(report.totals.effective_lake.get(Currency::USD), sum(&costs, |c| c.amortized), "{split:?}");
        assert_eq!(report.last_day, day("2026-10-20"));
        // Every request was counted, pages too.
        assert_eq!(calls.spent() as usize, fake.requests() - before, "{split:?}");
        assert_eq!(calls.cost(), format!("0.{:02}", calls.spent()).parse().unwrap(), "{split:?}");
        let rows = |query: &str| {
            let (context, query) = (store.context.clone(), query.to_owned());
            async move { format!("{:?}", sql(&context, &query).await.unwrap().rows) }
        };
        let kinds = rows("select distinct ChargeCategory from charges order by 1").await;
        assert_eq!(kinds, r#"[[Text("Credit")], [Text("Purchase")], [Text("Tax")], [Text("Usage")]]"#);
        let account = rows("select distinct SubAccountName, BillingAccountId from charges order by 1 limit 1").await;
        assert_eq!(account, r#"[[Text("account 111111111111"), Text("111111111111")]]"#);
        let tags = rows("select distinct Tags from charges where Tags is not null order by 1").await;
        let meters = rows("select distinct SkuMeter from charges where SkuMeter like '%m7i%'").await;
        match split {
            UsageGrouping::Services => assert_eq!((tags.as_str(), meters.as_str()), ("[]", "[]")),
            UsageGrouping::UsageTypes => assert_eq!(meters, r#"[[Text("BoxUsage:m7i.large")]]"#),
            UsageGrouping::Tag(_) => assert!(tags.contains("checkout") && tags.contains("data"), "{tags}"),
        }
    }
}

#[tokio::test]
async fn a_day_that_aws_restates_is_reported_as_restated() {
    let fake = FakeCostExplorer::start(october(31)).await;
    let (store, calls) = (Store::new(), PaidCalls::new(100));
    assert_eq!(import(&store, &fake, &UsageGrouping::Services, &calls).await.unwrap().outcome, ImportOutcome::New);
    assert_eq!(
        import(&store, &fake, &UsageGrouping::Services, &calls).await.unwrap().outcome,
        ImportOutcome::Unchanged
    );
    fake.state.lock().unwrap().costs[0].amortized = Amount::whole(50);
    let report = import(&store, &fake, &UsageGrouping::Services, &calls).await.unwrap();
    assert_eq!(
        (report.outcome, report.restatement.days.as_slice()),
        (ImportOutcome::Replaced, [day("2026-10-01")].as_slice())
    );
}

#[tokio::test]
async fn throttling_and_half_pages_are_asked_again_and_paid_for() {
    for fails in [Fails::Throttles, Fails::CutsOff] {
        let fake = FakeCostExplorer::start(october(31)).await;
        fake.fail(fails);
        let (store, calls) = (Store::new(), PaidCalls::new(100));
        let report = import(&store, &fake, &UsageGrouping::Services, &calls).await.unwrap();
        assert_eq!(report.totals.billed_lake.get(Currency::USD), sum(&october(31), |c| c.unblended), "{fails:?}");
        assert_eq!(calls.spent() as usize, fake.requests(), "{fails:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_had_whole_is_not_used() {
    let fake = FakeCostExplorer::start(october(31)).await;
    let read = async |fails: Fails, limit: u32| {
        fake.fail(fails);
        let calls = PaidCalls::new(limit);
        let error = read_period(&fake.client(), &reading(&UsageGrouping::Services), &calls).await.err().unwrap();
        assert!(calls.spent() <= limit);
        error
    };
    assert!(matches!(read(Fails::Never, 3).await, SourceError::PaidCalls { limit: 3 }));
    let never = read(Fails::Always, 100).await;
    assert!(matches!(never, SourceError::Unavailable { .. }) && never.to_string().len() < 200, "{never}");
    let denied = read(Fails::Denies, 100).await.to_string();
    assert!(denied.contains("AccessDeniedException") && denied.contains("hint:"), "{denied}");
    let restated = read(Fails::Restates, 100).await;
    assert!(matches!(restated, SourceError::Inconsistent { .. }), "{restated}");
}

#[tokio::test]
async fn an_unknown_charge_type_is_kept_as_billed_and_named() {
    let mut costs = october(3);
    costs[0].record_type = "SomethingNew";
    let fake = FakeCostExplorer::start(costs.clone()).await;
    fake.state.lock().unwrap().estimated_from = Some(day("2026-10-02"));
    let source = read_period(&fake.client(), &reading(&UsageGrouping::Services), &PaidCalls::new(50)).await.unwrap();
    assert!(source.is_estimated());
    let store = Store::new();
    let input = Input { name: "Cost Explorer".to_owned(), source: Box::new(source) };
    let report = ingest(&store.context, vec![input], &options(), Arc::new(|_, _, _| {})).await.unwrap();
    let file = &report.files[0];
    assert_eq!((file.rows_rejected, file.rows_read), (0, file.rows_kept));
    assert_eq!(file.billed_read.get(Currency::USD), sum(&costs, |c| c.unblended));
    assert!(file.notes.iter().any(|n| n.contains("`SomethingNew`")), "{:?}", file.notes);
}
