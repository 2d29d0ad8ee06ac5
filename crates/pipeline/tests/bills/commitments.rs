//! Commitments of a month and what one resource cost, by the charges of small bills.

use tollgate_model::Amount;
use tollgate_pipeline::{
    CommitmentReport, CoverageBasis, ResourceFound, ResourceReport, commitment_report, resource_report,
};

use crate::support::Store;

const HEADER: &str = "BilledCost,EffectiveCost,ContractedCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,\
    ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceProviderName,ServiceName,CommitmentDiscountId,CommitmentDiscountStatus,\
    CommitmentProgramEligibilityDetails\n";

/// A row of April 2025: billed, effective, contracted, provider, service, commitment, status, eligibility.
fn row(costs: [&str; 3], place: [&str; 2], commitment: [&str; 2], is_eligible: bool) -> String {
    let eligibility = if is_eligible {
        "\"{\"\"CommitmentPrograms\"\":[{\"\"ProgramType\"\":\"\"FlexibleSpendPlan\"\"}]}\""
    } else {
        ""
    };
    format!(
        "{},1,USD,2025-04-01,2025-05-01,2025-04-01,2025-04-02,Usage,{},{},{eligibility}\n",
        costs.join(","),
        place.join(","),
        commitment.join(",")
    )
}

async fn report(rows: &[String]) -> CommitmentReport {
    let store = Store::new();
    let path = store.write("bill.csv", &format!("{HEADER}{}", rows.concat()));
    store.ingest(&[path]).await.unwrap();
    commitment_report(&store.context, None).await.unwrap().unwrap()
}

/// The example of the specification: 250 of 450 are covered, and a support fee is not eligible.
#[tokio::test]
async fn coverage_is_over_what_the_provider_states_as_eligible_and_what_is_covered() {
    let compute = ["Aura Web", "Compute"];
    let rows = [
        row(["200", "200", "200"], compute, ["", ""], true),
        row(["0", "150", "300"], compute, ["rr-1", "Used"], true),
        row(["0", "100", "200"], compute, ["rr-1", "Used"], false),
        row(["0", "30", ""], compute, ["rr-1", "Unused"], false),
        row(["50", "50", "50"], ["Aura Web", "Support"], ["", ""], false),
        row(["70", "70", "70"], compute, ["", ""], false),
    ];
    let report = report(&rows).await;
    let [coverage] = report.coverage.as_slice() else { panic!("{report:#?}") };
    assert_eq!(coverage.basis, CoverageBasis::Eligibility);
    assert_eq!((coverage.covered, coverage.eligible), (Amount::whole(250), Amount::whole(450)));
    assert_eq!(coverage.coverage, Some(0.5556));
    // 700 without commitments; 450 and the unused 30 were paid.
    assert_eq!((coverage.contracted, coverage.saved), (Amount::whole(700), Amount::whole(220)));
    assert_eq!(coverage.effective_savings_rate, Some(0.3143));
    let [commitment] = report.commitments.as_slice() else { panic!("{report:#?}") };
    assert_eq!((commitment.used, commitment.unused), (Amount::whole(250), Amount::whole(30)));
    assert_eq!((commitment.utilization, commitment.saved), (Some(0.8929), Some(Amount::whole(220))));
    assert_eq!((commitment.ends, commitment.days_left), (None, None));
}

#[tokio::test]
async fn without_eligibility_the_services_that_commitments_cover_are_the_whole() {
    let rows = [
        row(["60", "60", "60"], ["AWS", "EC2"], ["", ""], false),
        row(["0", "90", ""], ["AWS", "EC2"], ["sp-1", "Used"], false),
        row(["500", "500", "500"], ["AWS", "S3"], ["", ""], false),
        row(["5", "5", "5"], ["Vultr", "Cloud"], ["", ""], false),
    ];
    let report = report(&rows).await;
    let [coverage] = report.coverage.as_slice() else { panic!("{report:#?}") };
    assert_eq!(coverage.basis, CoverageBasis::CoveredServices);
    assert_eq!((coverage.covered, coverage.eligible), (Amount::whole(90), Amount::whole(150)));
    // The contracted cost of the covered use is unknown, which is not zero.
    assert_eq!((coverage.contracted, coverage.without_contracted), (Amount::whole(60), Amount::whole(90)));
    assert_eq!((coverage.saved, report.commitments[0].saved), (Amount::ZERO, None));
}

async fn one(store: &Store, name: &str, days: u32) -> ResourceReport {
    match resource_report(&store.context, name, days).await.unwrap() {
        ResourceFound::One(report) => *report,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_resource_is_found_by_id_arn_or_name_and_its_month_is_spread_over_days() {
    let store = Store::new();
    let text = "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,\
        ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,ResourceId,ResourceName,SkuMeter,Tags\n\
        31,62,1,USD,2026-10-01,2026-11-01,2026-10-01,2026-11-01,Usage,AWS,EC2,arn:aws:ec2:x:1:instance/i-1,web,fee,\n\
        2,2,1,USD,2026-10-01,2026-11-01,2026-10-31,2026-11-01,Usage,AWS,EC2,arn:aws:ec2:x:1:instance/i-1,web,hours,\"{\"\"team\"\":\"\"a\"\"}\"\n\
        9,9,1,USD,2026-10-01,2026-11-01,2026-10-31,2026-11-01,Usage,AWS,EC2,arn:aws:ec2:x:1:instance/i-2,app,hours,\n\
        9,9,1,USD,2026-10-01,2026-11-01,2026-10-31,2026-11-01,Usage,AWS,EC2,arn:aws:ec2:y:1:instance/i-2,other,hours,\n";
    let path = store.write("bill.csv", text);
    store.ingest(&[path]).await.unwrap();
    for name in ["arn:aws:ec2:x:1:instance/i-1", "i-1", "web"] {
        let report = one(&store, name, 10).await;
        assert_eq!(report.resource, "arn:aws:ec2:x:1:instance/i-1");
        assert_eq!((report.days.len(), report.tags["team"].as_str()), (10, "a"));
        let total = report.totals[0];
        assert_eq!((total.billed, total.effective), (Amount::whole(12), Amount::whole(22)));
        let meters: Vec<_> = report.meters.iter().map(|m| (m.meter.as_deref(), m.cost.effective)).collect();
        assert_eq!(meters, [(Some("fee"), Amount::whole(20)), (Some("hours"), Amount::whole(2))]);
    }
    let several = resource_report(&store.context, "i-2", 10).await.unwrap();
    assert!(matches!(&several, ResourceFound::Several(ids) if ids.len() == 2), "{several:?}");
    let near = resource_report(&store.context, "i-11", 10).await.unwrap();
    assert!(matches!(&near, ResourceFound::None(ids) if ids[0].ends_with("i-1")), "{near:?}");
}
