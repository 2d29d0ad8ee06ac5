//! Allocation and statements over bills: sums to the invoices, months closed by two people, and what becomes of restated charges.

use std::sync::Arc;

use tollgate_model::allocation::{AllocationPlan, AllocationState};
use tollgate_model::{Amount, BillingPeriod, Currency};
use tollgate_pipeline::{
    Actor, CloseOutcome, IngestOptions, JournalAccounts, StatementSection, StatementSet, allocate_month,
    allocation_plan, approve_month, backtest, budget_coverage, check_allocations, close_month, compare_closed,
    export_allocated, find_unmatched_scopes, heat_map, journal, read_allocation, roll_up, statements,
};
use tollgate_policy::Policy;

use crate::support::Store;

const POLICY: &str = r#"
defaults {
  currency = "USD"
}
dimension "team" {
  value = charge.tags.team
}
person "jane" {
  email = "jane@example.com"
}
person "dana" {
  email = "dana@example.com"
}
entity "team" {
  csv = <<CSV
    value,parent,cost_center,until
    checkout,shop,4110,
    search,shop,4120,
    shop,,4100,
    platform,,4900,
    legacy,,4000,2026-01-31
  CSV
}
allocation "unused" {
  charges = ["unused_commitment"]
  method  = "used"
}
allocation "tax" {
  charges = ["tax"]
  method  = "used"
}
allocation "platform" {
  source = { team = "platform" }
  method = "cost"
}
budget "checkout" {
  amount = 100
  scope  = { team = "checkout" }
}
"#;

/// A row: day, category, team, service, billed, effective, commitment and its status.
type Charge = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const OCTOBER: [Charge; 9] = [
    ("2026-10-01", "Usage", "checkout", "EC2", "0", "20", "Used"),
    ("2026-10-01", "Usage", "search", "EC2", "0", "10", "Used"),
    ("2026-10-02", "Usage", "search", "S3", "30.01", "30.01", ""),
    ("2026-10-02", "Usage", "platform", "EKS", "9.99", "9.99", ""),
    ("2026-10-03", "Usage", "chekout", "S3", "1", "1", ""),
    ("2026-10-03", "Usage", "", "S3", "5", "5", ""),
    ("2026-10-31", "Usage", "platform", "SavingsPlans", "0", "3", "Unused"),
    ("2026-10-01", "Purchase", "platform", "SavingsPlans", "33", "0", "Fee"),
    ("2026-10-31", "Tax", "", "Tax", "7.77", "7.77", ""),
];

fn bill(rows: &[Charge]) -> String {
    let mut text = String::from(
        "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,\
         ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,SubAccountId,ResourceId,Tags,CommitmentDiscountId,\
         CommitmentDiscountStatus\n",
    );
    for (number, (day, category, team, service, billed, effective, status)) in rows.iter().enumerate() {
        let month: BillingPeriod = day[..7].parse().unwrap();
        let tags = if team.is_empty() { "{}".to_owned() } else { format!("\"{{\"\"team\"\":\"\"{team}\"\"}}\"") };
        let id = if status.is_empty() { "" } else { "sp-1" };
        let status = if *status == "Fee" { "" } else { status };
        let day: tollgate_model::Day = day.parse().unwrap();
        text += &format!(
            "{billed},{effective},1,USD,{},{},{day},{},{category},AWS,{service},a,r{number},{tags},{id},{status}\n",
            month.first_day(),
            month.next().first_day(),
            day.plus(1)
        );
    }
    text
}

async fn store(policy: &str, rows: &[Charge]) -> Store {
    let mut store = Store::new();
    store.context.state.policy = Arc::new(Policy::parse_with("tollgate.hcl", policy, &|_| Err(String::new())).unwrap());
    if !rows.is_empty() {
        store.ingest(&[store.write("bill.csv", &bill(rows))]).await.unwrap();
    }
    store
}

fn october() -> BillingPeriod {
    "2026-10".parse().unwrap()
}

fn plan(store: &Store) -> AllocationPlan {
    allocation_plan(&store.context.state, None).unwrap()
}

fn by(name: &str) -> Actor {
    Actor::on_command_line(name)
}

async fn set(store: &Store, month: &str) -> StatementSet {
    statements(&store.context, None, month.parse().unwrap()).await.unwrap()
}

/// `team billed effective` of each statement.
fn totals(set: &StatementSet) -> Vec<String> {
    let each = set.statements.iter().flat_map(|s| s.totals.iter().map(move |t| (s, t)));
    each.map(|(s, t)| format!("{} {} {}", s.value, t.billed, t.effective)).collect()
}

#[tokio::test]
async fn statements_sum_to_the_invoice_to_the_last_digit() {
    let store = store(POLICY, &OCTOBER).await;
    let set = set(&store, "2026-10").await;
    assert_eq!(set.state, AllocationState::Open);
    let sum = |part: fn(&tollgate_pipeline::StatementTotal) -> Amount| {
        set.statements.iter().flat_map(|s| &s.totals).fold(Amount::ZERO, |sum, t| sum.checked_add(part(t)).unwrap())
    };
    assert_eq!(sum(|t| t.billed).to_string(), "86.77");
    assert_eq!(sum(|t| t.effective).to_string(), "86.77");
    assert_eq!(set.invoices.len(), 1);
    assert_eq!(set.invoices[0].billed.to_string(), "86.77");
    // Platform's cost and its fee go to the teams with cost of their own, also to the misspelled one.
    let names: Vec<&str> = set.statements.iter().map(|s| s.value.as_str()).collect();
    assert_eq!(names, ["checkout", "chekout", "search", "unallocated"]);
    let checkout = &set.statements[0];
    assert_eq!(checkout.cost_center.as_deref(), Some("4110"));
    let sections: Vec<StatementSection> = checkout.sections.iter().map(|s| s.section).collect();
    assert_eq!(sections, [StatementSection::Shared, StatementSection::Commitments, StatementSection::Tax]);
    // The unused part goes to the teams that used the commitment: two thirds to checkout.
    let unused = checkout.lines.iter().find(|l| l.rules == ["unused"]).unwrap();
    assert_eq!(unused.effective.to_string(), "2");
}

#[tokio::test]
async fn a_statement_with_the_teams_below_it_is_their_sum() {
    let store = store(POLICY, &OCTOBER).await;
    let set = set(&store, "2026-10").await;
    let table = store.context.state.policy.entity_table("team").unwrap();
    let shop = roll_up(&set, "shop", table).unwrap();
    let of = |team: &str| set.statements.iter().find(|s| s.value == team).unwrap().totals[0].billed;
    assert_eq!(shop.totals[0].billed, of("checkout").checked_add(of("search")).unwrap());
    assert_eq!(shop.cost_center.as_deref(), Some("4100"));
    assert!(roll_up(&set, "legacy", table).is_none());
}

#[tokio::test]
async fn the_journal_balances_in_whole_cents() {
    let store = store(POLICY, &OCTOBER).await;
    let set = set(&store, "2026-10").await;
    let accounts = JournalAccounts {
        sections: [(StatementSection::Tax, "1570".to_owned())].into(),
        balance: Some("3300".to_owned()),
    };
    let lines = journal(&set, &accounts).unwrap();
    let sum = lines.iter().fold(Amount::ZERO, |sum, line| sum.checked_add(line.amount).unwrap());
    assert!(sum.is_zero(), "{sum}");
    assert!(lines.iter().all(|line| line.amount == line.amount.round(2)));
    assert_eq!(lines.last().map(|l| (l.account.as_str(), l.amount.to_string())), Some(("3300", "-86.77".to_owned())));
    assert!(lines.iter().any(|line| line.account == "1570" && line.cost_center == "4110"));
}

#[tokio::test]
async fn two_people_lock_a_month_and_restated_charges_are_adjustments_of_the_next_one() {
    let store = store(POLICY, &OCTOBER).await;
    let (context, plan) = (&store.context, plan(&store));
    let closed = close_month(context, &by("jane"), october(), &plan).await.unwrap();
    let CloseOutcome::Closed { month } = closed else { panic!("{closed:?}") };
    let before = totals(&set(&store, "2026-10").await);
    let state = &context.state;
    for (who, hash, why) in [
        ("jane", month.hash.as_str(), "a different person"),
        ("dana", "0123456789abcdef", "the hash is not that"),
        ("mallory", month.hash.as_str(), "is not a person of tollgate.hcl"),
    ] {
        let outcome = approve_month(state, &by(who), "team", october(), hash).await.unwrap();
        let CloseOutcome::Refused { why: found } = outcome else { panic!("{outcome:?}") };
        assert!(found.contains(why), "{found}");
    }
    let approved = approve_month(state, &by("Dana"), "team", october(), &month.hash[..16]).await.unwrap();
    assert!(matches!(approved, CloseOutcome::Locked { .. }), "{approved:?}");
    let again = close_month(context, &by("jane"), october(), &plan).await.unwrap();
    assert!(matches!(&again, CloseOutcome::Refused { why } if why.contains("is locked")), "{again:?}");
    let log = state.ledger.audit_log(10).await.unwrap();
    let actions: Vec<String> = log.iter().map(|e| format!("{} {}", e.event.actor, e.event.action)).collect();
    assert_eq!(actions, ["dana approved", "mallory refused", "dana refused", "jane refused", "jane closed"]);

    // The provider corrects a charge of search by 2.50; November has one charge of checkout.
    let mut restated = OCTOBER;
    restated[2].4 = "32.51";
    restated[2].5 = "32.51";
    store.ingest(&[store.write("again.csv", &bill(&restated))]).await.unwrap();
    let november = [("2026-11-01", "Usage", "checkout", "EC2", "100", "100", "")];
    store.ingest(&[store.write("november.csv", &bill(&november))]).await.unwrap();
    assert_eq!(totals(&set(&store, "2026-10").await), before, "a locked month stays as it is");
    let shown = read_allocation(context, october(), &plan).await.unwrap();
    assert_eq!((shown.state, shown.hash), (AllocationState::Locked, Some(month.hash.clone())));
    let set = set(&store, "2026-11").await;
    let adjusted: Amount = set
        .statements
        .iter()
        .flat_map(|s| &s.adjustments)
        .fold(Amount::ZERO, |sum, a| sum.checked_add(a.billed).unwrap());
    assert_eq!(adjusted.to_string(), "2.5");
    assert_eq!(set.totals[0].billed.to_string(), "102.5");
    // The weights changed too, so the parts of platform moved between teams: their sum is the correction.
    let found = compare_closed(context, october(), &plan).await.unwrap();
    let billed = found.differences.iter().fold(Amount::ZERO, |sum, d| sum.checked_add(d.billed()).unwrap());
    assert_eq!(billed.to_string(), "2.5");
    assert!(found.differences.iter().all(|d| d.billed_by_rules.is_zero()));
}

#[tokio::test]
async fn a_month_that_bears_an_adjustment_is_closed_with_it_and_no_later_one_repeats_it() {
    let store = store(POLICY, &OCTOBER).await;
    let (context, plan) = (&store.context, plan(&store));
    let month = |text: &str| text.parse::<BillingPeriod>().unwrap();
    let refused = close_month(context, &by("jane"), month("2026-11"), &plan).await.unwrap();
    assert!(matches!(&refused, CloseOutcome::Refused { why } if why.contains("ends on 2026-11-30")), "{refused:?}");
    for (number, day) in ["2026-08-01", "2026-09-01"].into_iter().enumerate() {
        let rows = [(day, "Usage", "checkout", "EC2", "1", "1", "")];
        store.ingest(&[store.write(&format!("{number}.csv"), &bill(&rows))]).await.unwrap();
    }
    close_month(context, &by("jane"), month("2026-08"), &plan).await.unwrap();
    let restated = [("2026-08-01", "Usage", "search", "EC2", "4", "4", "")];
    store.ingest(&[store.write("restated.csv", &bill(&restated))]).await.unwrap();
    let adjusted = async |text: &str| {
        let found = set(&store, text).await;
        let all = found.statements.iter().flat_map(|s| s.adjustments.iter().map(move |a| (s, a)));
        all.map(|(s, a)| format!("{} {} {}", a.period, s.value, a.billed)).collect::<Vec<_>>()
    };
    let both = ["2026-08 checkout -1", "2026-08 search 4"];
    assert_eq!(adjusted("2026-09").await, both);
    assert_eq!(adjusted("2026-10").await, both);
    close_month(context, &by("jane"), month("2026-09"), &plan).await.unwrap();
    assert_eq!(adjusted("2026-09").await, both);
    assert!(adjusted("2026-10").await.is_empty(), "September bears it");
    // The provider takes the correction back: October returns what September bore.
    let first = [("2026-08-01", "Usage", "checkout", "EC2", "1", "1", "")];
    let replace = IngestOptions { replace: true, ..IngestOptions::default() };
    store.ingest_with(&[store.write("first.csv", &bill(&first))], replace).await.unwrap();
    assert_eq!(adjusted("2026-10").await, ["2026-08 checkout 1", "2026-08 search -4"]);
}

#[tokio::test]
async fn rules_can_be_tested_on_a_month_that_is_over() {
    let store = store(POLICY, &OCTOBER).await;
    let (context, plan) = (&store.context, plan(&store));
    let even = POLICY.replace("method = \"cost\"", "method = \"even\"");
    let other = Policy::parse("t", &even).unwrap().allocation_plan("team").unwrap();
    let found = backtest(context, &[october()], &plan, &other).await.unwrap();
    assert_ne!(found.rules_before, found.rules_after);
    let sum = found.differences.iter().fold(Amount::ZERO, |sum, d| sum.checked_add(d.billed()).unwrap());
    assert!(sum.is_zero() && !found.differences.is_empty(), "{found:?}");
    let same = backtest(context, &[october()], &plan, &plan).await.unwrap();
    assert!(same.differences.is_empty());
}

#[tokio::test]
async fn unknown_values_and_what_stays_unallocated_are_findings() {
    let mut rows = OCTOBER.to_vec();
    rows.push(("2026-10-05", "Usage", "legacy", "EC2", "2", "2", ""));
    let policy = POLICY.to_owned()
        + "allocation \"nobody\" {\n source = { service = \"RDS\" }\n method = \"even\"\n}\n\
           allocation \"queue\" {\n source = { team = \"shop\" }\n method = \"usage\"\n unit = \"Requests\"\n}\n";
    rows.push(("2026-10-05", "Usage", "shop", "SQS", "4", "4", ""));
    let store = store(&policy, &rows).await;
    let found = check_allocations(&store.context, october(), &plan(&store)).await.unwrap();
    let lines: Vec<String> = found.iter().map(|f| format!("{} {}: {}", f.kind, f.subject, f.message)).collect();
    assert_eq!(
        lines,
        [
            "unknown-value chekout: `chekout` is no known team",
            "inactive-value legacy: team `legacy` does not exist in 2026-10",
            "unused-rule nobody: allocation \"nobody\" takes no charge of 2026-10",
            "not-divided queue: allocation \"queue\": no target has a weight",
            "unallocated unallocated: 9.00 of 92.77 USD stay unallocated",
        ]
    );
    assert!(found[0].hint.as_ref().unwrap().contains("did you mean `checkout`?"));
}

#[tokio::test]
async fn a_misspelled_source_is_a_warning_with_a_suggestion() {
    let rules = "allocation \"s\" {\n source = { service = [\"EC3\", \"Amazon *\"] }\n method = \"even\"\n targets = [\"shop\"]\n}\n\
                 allocation \"given\" {\n source = { team = \"shop\" }\n method = \"even\"\n targets = [\"checkout\"]\n}\n";
    let store = store(&format!("{POLICY}{rules}"), &OCTOBER).await;
    let found = find_unmatched_scopes(&store.context).await.unwrap();
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("allocation \"s\": no charge has service `EC3`\nhint: did you mean `EC2`?"), "{lines:?}");
}

#[tokio::test]
async fn an_export_has_the_parts_of_each_charge() {
    let store = store(POLICY, &OCTOBER).await;
    let plan = plan(&store);
    let mut out = Vec::new();
    let rows = export_allocated(&store.context, october(), &plan, false, &mut out).await.unwrap();
    let mut reader = Vec::new();
    let text = String::from_utf8(out).unwrap();
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    assert_eq!(header.last(), Some(&"AllocatedTags"));
    reader.extend(text.lines().skip(1));
    assert_eq!(rows as usize, reader.len());
    let billed = reader.iter().fold(Amount::ZERO, |sum, line| {
        // No cell before BilledCost has a comma.
        let cell = line.split(',').nth(header.iter().position(|h| *h == "BilledCost").unwrap()).unwrap();
        sum.checked_add(cell.parse().unwrap()).unwrap()
    });
    assert_eq!(billed.to_string(), "86.77");
    let parts = reader.iter().filter(|line| line.contains("\"\"AllocatedRatio\"\":")).count();
    assert!(parts > 6 && text.contains("team/search"), "{text}");
    assert!(text.contains("x_Rule\"\":\"\"platform"), "{text}");
}

#[tokio::test]
async fn cost_under_no_budget_and_the_heat_map_sum_to_the_month() {
    let store = store(POLICY, &OCTOBER).await;
    let coverage = budget_coverage(&store.context.state, october()).await.unwrap();
    let usd = &coverage.currencies[0];
    assert_eq!(
        (usd.currency, usd.covered.to_string(), usd.uncovered.to_string()),
        (Currency::USD, "20".into(), "66.77".into())
    );
    let listed = coverage.uncovered.iter().fold(Amount::ZERO, |sum, u| sum.checked_add(u.amount).unwrap());
    assert_eq!(listed, usd.uncovered);
    let map = heat_map(&store.context, None, 12).await.unwrap();
    let sum = map.rows.iter().fold(Amount::ZERO, |sum, row| sum.checked_add(row.total).unwrap());
    assert_eq!((map.months.len(), sum.to_string()), (1, "86.77".to_owned()));
}

#[tokio::test]
async fn a_month_without_charges_and_an_unknown_dimension_are_named() {
    let store = store(POLICY, &OCTOBER).await;
    let error = allocate_month(&store.context, "2026-09".parse().unwrap(), &plan(&store)).await.unwrap_err();
    assert!(error.to_string().contains("there are no charges of 2026-09"), "{error}");
    let error = allocation_plan(&store.context.state, Some("teem")).unwrap_err();
    assert!(error.to_string().contains("did you mean `team`?"), "{error}");
}

/// A bill of AWS with split cost allocation: a machine of platform, two pods on it, and data transfer of the machine.
fn split_bill() -> String {
    let mut text = String::from(
        "BilledCost,EffectiveCost,ListCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,\
         ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,ResourceId,Tags,x_split_line_item_parent_resource_id,\
         x_split_line_item_split_cost,x_split_line_item_unused_cost\n",
    );
    let machine = "arn:aws:ec2:eu-west-1:1:instance/i-1";
    for (cost, resource, team, parent, split, unused) in [
        ("10", machine, "platform", "", "", ""),
        ("2", machine, "platform", "", "", ""),
        ("0", "arn:aws:eks:eu-west-1:1:pod/a", "checkout", "i-1", "3", "1"),
        ("0", "arn:aws:eks:eu-west-1:1:pod/b", "search", "i-1", "6", ""),
        ("0", "arn:aws:eks:eu-west-1:1:pod/c", "search", "i-2", "6", ""),
    ] {
        text += &format!(
            "{cost},{cost},{cost},1,USD,2026-10-01,2026-11-01,2026-10-02,2026-10-03,Usage,AWS,Amazon EC2,{resource},\
             \"{{\"\"team\"\":\"\"{team}\"\"}}\",{parent},{split},{unused}\n"
        );
    }
    text
}

#[tokio::test]
async fn split_cost_allocation_divides_the_machine_and_is_never_added_to_it() {
    let policy = POLICY.replace("method = \"cost\"", "method = \"fixed\"\n  shares = { checkout = 50 }\n  keep = 50");
    let store = store(&policy, &[]).await;
    store.ingest(&[store.write("split.csv", &split_bill())]).await.unwrap();
    let set = set(&store, "2026-10").await;
    // Of 12, the rows explain 10: 4 of checkout and 6 of search. Half of the rest goes to checkout by the rule.
    assert_eq!(totals(&set), ["checkout 5 5", "platform 1 1", "search 6 6"]);
    assert_eq!(set.invoices[0].billed.to_string(), "12");
    assert_eq!(set.notes.len(), 2, "{:?}", set.notes);
    assert!(set.notes[1].contains("whose machine the bill does not have"), "{:?}", set.notes);

    let mut out = Vec::new();
    export_allocated(&store.context, october(), &plan(&store), true, &mut out).await.unwrap();
    let text = String::from_utf8(out).unwrap();
    let mut by_team: std::collections::BTreeMap<String, Amount> = std::collections::BTreeMap::new();
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let at = header.iter().position(|h| *h == "BilledCost").unwrap();
    for line in text.lines().skip(1) {
        let billed: Amount = line.split(',').nth(at).unwrap().parse().unwrap();
        let team = line.rsplit("\"\"team\"\":\"\"").next().unwrap().split('"').next().unwrap().to_owned();
        let sum = by_team.entry(team).or_default();
        *sum = sum.checked_add(billed).unwrap();
    }
    // The export divides each charge by itself, the statement their sum: they differ in the last digit at most.
    let found: Vec<String> = by_team.iter().map(|(team, sum)| format!("{team} {}", sum.round(20))).collect();
    assert_eq!(found, ["checkout 5", "platform 1", "search 6"]);
    let all = by_team.values().fold(Amount::ZERO, |sum, a| sum.checked_add(*a).unwrap());
    assert_eq!(all.to_string(), "12");
    assert!(text.contains("provider > platform") || text.contains(",provider,"), "{text}");
}
