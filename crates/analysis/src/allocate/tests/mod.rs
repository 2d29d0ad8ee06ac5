//! Allocation of small bills.

mod random;

use tollgate_model::allocation::{
    AllocatedCost, AllocationMethod, AllocationPlan, AllocationRule, ConditionField, SharedCharges, SourceCondition,
    WeightPeriod, WithoutWeights,
};
use tollgate_model::series::Facet;
use tollgate_model::{Amount, Basis, ChargeKind, Currency, Day, Quantity};

use super::{Allocator, ChargeCost, ChargeGroups, MetricWeights, VisibleCharge, WeightInput};

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn day(n: i32) -> Day {
    "2026-10-01".parse::<Day>().unwrap().plus(n)
}

/// One charge of a small bill.
#[derive(Clone, Debug)]
struct Row {
    team: &'static str,
    service: &'static str,
    kind: ChargeKind,
    currency: Currency,
    commitment: Option<&'static str>,
    unit: Option<(&'static str, i64)>,
    day: i32,
    cost: Amount,
}

fn row(team: &'static str, service: &'static str, cost: &str) -> Row {
    Row {
        team,
        service,
        kind: ChargeKind::Usage,
        currency: Currency::USD,
        commitment: None,
        unit: None,
        day: 0,
        cost: amount(cost),
    }
}

fn visible(row: &Row) -> VisibleCharge<'_> {
    VisibleCharge {
        facets: [Some("AWS"), Some("42"), None, Some(row.service), None],
        kind: row.kind,
        currency: row.currency,
        commitment: row.commitment,
        unit: row.unit.map(|(unit, _)| unit),
        split: false,
    }
}

fn groups(rows: &[Row]) -> ChargeGroups {
    let mut out = ChargeGroups::new(vec!["team".to_owned()]);
    for row in rows {
        let charge = visible(row);
        let quantity = row.unit.map(|(_, n)| Quantity::whole(n));
        // BilledCost twice the EffectiveCost, so that a mix-up is seen.
        let billed = row.cost.checked_add(row.cost).unwrap();
        let cost = ChargeCost { billed, effective: row.cost, quantity };
        out.add(&charge, [row.team].into_iter(), day(row.day), &cost);
    }
    out
}

fn rule(name: &str, takes: &[&str], gives: &[&str], method: AllocationMethod) -> AllocationRule {
    let values: Vec<String> = takes.iter().map(|v| (*v).to_owned()).collect();
    let on = ConditionField::Dimension("team".to_owned());
    AllocationRule {
        name: name.to_owned(),
        dimension: "team".to_owned(),
        source: if values.is_empty() { Vec::new() } else { vec![SourceCondition { on, values }] },
        charges: Vec::new(),
        targets: gives.iter().map(|v| (*v).to_owned()).collect(),
        except: Vec::new(),
        method,
        weigh: Vec::new(),
        over: WeightPeriod::Month,
        without_weights: WithoutWeights::Unallocated,
        from: None,
        until: None,
    }
}

fn of_service(service: &str) -> SourceCondition {
    SourceCondition { on: ConditionField::Facet(Facet::Service), values: vec![service.to_owned()] }
}

fn plan(rules: Vec<AllocationRule>) -> AllocationPlan {
    AllocationPlan { dimension: "team".to_owned(), unallocated: "unallocated".to_owned(), rules }
}

fn allocate_with(rules: Vec<AllocationRule>, rows: &[Row], input: &WeightInput) -> Vec<AllocatedCost> {
    let (plan, groups) = (plan(rules), groups(rows));
    Allocator::new(&plan, &groups, input).unwrap().allocate().unwrap().costs
}

fn allocate(rules: Vec<AllocationRule>, rows: &[Row]) -> Vec<AllocatedCost> {
    allocate_with(rules, rows, &WeightInput::default())
}

/// `team from origin by rules: cost` of each row.
fn lines(costs: &[AllocatedCost]) -> Vec<String> {
    let line = |cost: &AllocatedCost| {
        // Each figure is rounded by itself, once a step.
        let twice = cost.effective.checked_add(cost.effective).unwrap();
        assert!(cost.billed.checked_sub(twice).unwrap().units().abs() <= 4, "{cost:?}");
        let steps: Vec<String> = cost.steps.iter().map(|s| format!(" {} {}", s.rule, s.ratio)).collect();
        let reason = cost.reason.as_ref().map_or(String::new(), |r| format!(" ({r})"));
        format!("{} of {}{}: {}{reason}", cost.value, cost.origin, steps.concat(), cost.effective)
    };
    costs.iter().map(line).collect()
}

#[test]
fn a_charge_without_a_rule_is_direct_and_the_first_rule_that_matches_takes_it() {
    let rows = [row("a", "EC2", "1"), row("platform", "EC2", "9"), row("platform", "S3", "3")];
    let mut storage = rule("storage", &["platform"], &["a"], AllocationMethod::Even);
    storage.source.push(of_service("S*"));
    let rules = vec![storage, rule("rest", &["platform"], &["a", "b"], AllocationMethod::Even)];
    assert_eq!(
        lines(&allocate(rules, &rows)),
        ["a of a: 1", "a of platform rest 1/2: 4.5", "a of platform storage 1/1: 3", "b of platform rest 1/2: 4.5"]
    );
}

#[test]
fn cost_flows_through_a_chain_to_values_without_a_charge() {
    let rows = [row("network", "VPC", "1")];
    let rules = vec![
        rule("two", &["platform"], &["a", "b", "c"], AllocationMethod::Even),
        rule("one", &["network"], &["platform", "a"], AllocationMethod::Even),
    ];
    let third = "0.166666666666666666666667";
    assert_eq!(
        lines(&allocate(rules, &rows)),
        [
            "a of network one 1/2: 0.5",
            &format!("a of network one 1/2 two 1/3: {third}"),
            &format!("b of network one 1/2 two 1/3: {third}"),
            "c of network one 1/2 two 1/3: 0.166666666666666666666666"
        ]
        .map(str::to_owned)
    );
}

#[test]
fn fixed_shares_are_divided_exactly_and_a_kept_share_is_not_taken_again() {
    let shares = [("a".to_owned(), amount("33.3")), ("b".to_owned(), amount("46.7"))].into();
    let fixed = AllocationMethod::Fixed { shares, keep: amount("20") };
    let rows = [row("platform", "EC2", "10")];
    let found = lines(&allocate(vec![rule("f", &["platform"], &[], fixed)], &rows));
    assert_eq!(
        found,
        ["a of platform f 333/1000: 3.33", "b of platform f 467/1000: 4.67", "platform of platform f 1/5: 2"]
            .map(|line| line.replace("1/5", "200/1000"))
    );
}

#[test]
fn cost_is_divided_in_proportion_to_the_own_cost_of_each_team_in_the_same_currency() {
    let mut rows = vec![
        row("a", "EC2", "30"),
        row("b", "EC2", "10"),
        row("c", "EC2", "-5"), // a credit: a weight below zero counts as zero
        row("platform", "EC2", "8"),
        row("unallocated", "EC2", "100"),
    ];
    let mut euros = row("platform", "EC2", "7");
    euros.currency = "EUR".parse().unwrap();
    rows.push(euros);
    let rules = vec![rule("p", &["platform"], &[], AllocationMethod::Cost)];
    let found = lines(&allocate(rules.clone(), &rows));
    assert_eq!(
        found,
        [
            "a of a: 30",
            "a of platform p 3/4: 6",
            "b of b: 10",
            "b of platform p 1/4: 2",
            "c of c: -5",
            "unallocated of platform: 7 (allocation \"p\": no target has a weight)",
            "unallocated of unallocated: 100",
        ]
    );
    let mut even = rules;
    even[0].without_weights = WithoutWeights::Even;
    let found = allocate(even, &rows);
    let euros: Vec<_> = found.iter().filter(|c| c.currency.as_str() == "EUR").map(|c| c.value.as_str()).collect();
    assert_eq!(euros, ["a", "b", "c"]);
}

#[test]
fn a_credit_is_divided_like_a_cost() {
    let mut credit = row("unallocated", "EC2", "-0.01");
    credit.kind = ChargeKind::Credit;
    let mut all = rule("credits", &[], &["a", "b", "c"], AllocationMethod::Even);
    all.charges = vec![SharedCharges::Credit];
    let found = allocate(vec![all], &[credit, row("a", "EC2", "5")]);
    let credits: Vec<&AllocatedCost> = found.iter().filter(|c| c.kind == ChargeKind::Credit).collect();
    assert_eq!(credits.len(), 3);
    let sum = credits.iter().fold(Amount::ZERO, |sum, c| sum.checked_add(c.effective).unwrap());
    assert_eq!(sum, amount("-0.01"));
    assert!(credits.iter().all(|c| c.effective.is_negative()));
}

#[test]
fn a_commitment_goes_to_who_bought_or_to_who_used_it() {
    let committed = |mut row: Row, kind| {
        row.commitment = Some("sp-1");
        row.kind = kind;
        row
    };
    let rows = [
        committed(row("a", "EC2", "30"), ChargeKind::Usage),
        committed(row("b", "EC2", "60"), ChargeKind::Usage),
        row("c", "EC2", "500"), // not by this commitment
        committed(row("buyer", "SavingsPlans", "9"), ChargeKind::Unused),
        committed(row("buyer", "SavingsPlans", "120"), ChargeKind::Purchase),
    ];
    let mut unused = rule("unused", &[], &[], AllocationMethod::Used);
    unused.charges = vec![SharedCharges::UnusedCommitment];
    let mut fees = rule("fees", &[], &[], AllocationMethod::Bought);
    fees.charges = vec![SharedCharges::CommitmentFee];
    let found = lines(&allocate(vec![unused, fees], &rows));
    assert_eq!(
        found,
        [
            "a of a: 30",
            "a of buyer unused 1/3: 3",
            "b of b: 60",
            "b of buyer unused 2/3: 6",
            "buyer of buyer: 120",
            "c of c: 500"
        ]
    );
}

#[test]
fn tax_and_support_go_to_who_used_the_billing_account() {
    let mut tax = row("unallocated", "Tax", "9");
    tax.kind = ChargeKind::Tax;
    let rows = [row("a", "EC2", "10"), row("b", "EC2", "20"), tax, row("unallocated", "AWS Support (Business)", "3")];
    let mut used = rule("overhead", &[], &[], AllocationMethod::Used);
    used.charges = vec![SharedCharges::Tax, SharedCharges::Support];
    let sum = |team: &str| {
        let found = allocate(vec![used.clone()], &rows);
        let of_team = found.into_iter().filter(|c| c.value == team && c.is_shared());
        of_team.fold(Amount::ZERO, |sum, c| sum.checked_add(c.effective).unwrap())
    };
    assert_eq!((sum("a"), sum("b")), (amount("4"), amount("8")));
}

#[test]
fn quantities_weigh_in_their_unit_only() {
    let with_unit = |team, unit, n| Row { unit: Some((unit, n)), ..row(team, "SQS", "1") };
    let rows = [
        with_unit("a", "Requests", 3),
        with_unit("b", "Requests", 1),
        with_unit("b", "GB", 1_000),
        row("platform", "EC2", "8"),
    ];
    let by_unit = |unit: &str| rule("p", &["platform"], &[], AllocationMethod::Usage { unit: unit.to_owned() });
    let found = lines(&allocate(vec![by_unit("Requests")], &rows));
    assert!(found.contains(&"a of platform p 3/4: 6".to_owned()), "{found:?}");
    let found = lines(&allocate(vec![by_unit("Hours")], &rows));
    assert!(
        found.contains(&"unallocated of platform: 8 (allocation \"p\": no target has a weight)".to_owned()),
        "{found:?}"
    );
}

fn metric(values: &[(&str, i32, i64)]) -> WeightInput {
    let mut weights = MetricWeights::default();
    for (team, on, n) in values {
        weights.values.entry((*team).to_owned()).or_default().insert(day(*on), Quantity::whole(*n));
    }
    WeightInput { basis: Basis::Effective, metrics: [("requests".to_owned(), weights)].into() }
}

#[test]
fn a_metric_divides_and_a_missing_one_leaves_the_cost_unallocated() {
    let method = || AllocationMethod::Metric { metric: "requests".to_owned() };
    let rows = [row("platform", "EC2", "8")];
    let found = |gives: &[&str], input: &WeightInput| {
        lines(&allocate_with(vec![rule("p", &["platform"], gives, method())], &rows, input))
    };
    // Targets of a metric need no cost of their own; a known zero is a weight of zero.
    let known = metric(&[("a", 0, 1), ("a", 1, 2), ("b", 0, 1), ("c", 0, 0)]);
    assert_eq!(found(&[], &known), ["a of platform p 3/4: 6", "b of platform p 1/4: 2"]);
    assert_eq!(found(&["a", "c"], &known), ["a of platform p 1/1: 8"]);
    let missing = "unallocated of platform: 8 (allocation \"p\": metric `requests` has no value";
    assert_eq!(found(&["a", "d"], &known), [format!("{missing} for `d`)")]);
    assert_eq!(found(&[], &WeightInput::default()), [format!("{missing})")]);
    assert_eq!(found(&["c"], &known), ["unallocated of platform: 8 (allocation \"p\": no target has a weight)"]);
}

#[test]
fn a_day_without_a_value_is_unknown_and_no_zero() {
    let method = AllocationMethod::Metric { metric: "requests".to_owned() };
    let mut input = metric(&[("a", 0, 10), ("a", 1, 10), ("a", 2, 10), ("b", 0, 10)]);
    let mut found = |by_known_day: bool| {
        input.metrics.get_mut("requests").unwrap().by_known_day = by_known_day;
        lines(&allocate_with(
            vec![rule("p", &["platform"], &[], method.clone())],
            &[row("platform", "EC2", "8")],
            &input,
        ))
    };
    assert_eq!(found(true), ["a of platform p 1/2: 4", "b of platform p 1/2: 4"]);
    assert_eq!(found(false), ["a of platform p 3/4: 6", "b of platform p 1/4: 2"]);
}

#[test]
fn weights_of_a_day_divide_the_cost_of_that_day() {
    let rows: Vec<Row> = (0..3).map(|n| Row { day: n, ..row("platform", "EC2", "8") }).collect();
    let mut by_day = rule("p", &["platform"], &[], AllocationMethod::Metric { metric: "requests".to_owned() });
    by_day.over = WeightPeriod::Day;
    let input = metric(&[("a", 0, 1), ("a", 1, 1), ("b", 1, 1)]);
    let found = lines(&allocate_with(vec![by_day], &rows, &input));
    assert_eq!(
        found,
        [
            "a of platform p 1/1: 8",
            "a of platform p 1/2: 4",
            "b of platform p 1/2: 4",
            "unallocated of platform: 8 (allocation \"p\": metric `requests` has no value)"
        ]
    );
}

#[test]
fn a_rule_takes_charges_of_the_days_on_which_it_is_in_effect() {
    let rows: Vec<Row> = (0..4).map(|n| Row { day: n, ..row("platform", "EC2", "1") }).collect();
    let mut dated = rule("p", &["platform"], &["a"], AllocationMethod::Even);
    (dated.from, dated.until) = (Some(day(1)), Some(day(2)));
    let found = lines(&allocate(vec![dated], &rows));
    assert_eq!(found, ["a of platform p 1/1: 2", "platform of platform: 2"]);
}

#[test]
fn rules_in_a_circle_and_unknown_dimensions_are_errors() {
    let groups = groups(&[row("a", "EC2", "1")]);
    let circle = plan(vec![
        rule("one", &["a"], &["b"], AllocationMethod::Even),
        rule("two", &["b"], &["a"], AllocationMethod::Even),
    ]);
    let input = WeightInput::default();
    let error = Allocator::new(&circle, &groups, &input).err().unwrap();
    assert_eq!(error.to_string(), "these allocations give cost in a circle: one > two > one");
    let other = AllocationPlan { dimension: "product".to_owned(), ..plan(Vec::new()) };
    let error = Allocator::new(&other, &groups, &input).err().unwrap();
    assert_eq!(error.to_string(), "there is no dimension `product`");
}
