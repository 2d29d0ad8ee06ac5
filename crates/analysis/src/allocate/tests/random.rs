//! Allocation of random bills by random rules.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tollgate_model::allocation::{
    AllocatedCost, AllocationMethod, AllocationPlan, AllocationRule, AllocationStep, SharedCharges, WeightPeriod,
    WithoutWeights,
};
use tollgate_model::{Amount, ChargeKind, Currency, Day};

use super::{Allocator, Row, WeightInput, day, groups, of_service, plan, row, rule, visible};
use crate::allocate::ChargePart;

const TEAMS: [&str; 8] = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7"];
const SERVICES: [&str; 4] = ["EC2", "S3", "RDS", "SQS"];

fn any_row() -> impl Strategy<Value = Row> {
    let kind = prop_oneof![Just(ChargeKind::Usage), Just(ChargeKind::Tax), Just(ChargeKind::Credit)];
    let cost = (-1_000_000_000i64..2_000_000_000, 10u32..24).prop_map(|(n, places)| {
        let units = i128::from(n) * 10i128.pow(24 - places);
        Amount::from_units(units).unwrap()
    });
    (0..8usize, 0..4usize, kind, any::<bool>(), 0..3i32, cost, 0..3i64).prop_map(
        |(team, service, kind, euro, day, cost, n)| Row {
            team: TEAMS[team],
            service: SERVICES[service],
            kind,
            currency: if euro { "EUR".parse().unwrap() } else { Currency::USD },
            commitment: (n == 2).then_some("sp-1"),
            unit: (n > 0).then_some(("Requests", n)),
            day,
            cost,
        },
    )
}

/// A rule that takes from one team, or from a service, and gives to later teams only: together they have no circle.
fn any_rule() -> impl Strategy<Value = AllocationRule> {
    let method = prop_oneof![
        Just(AllocationMethod::Even),
        Just(AllocationMethod::Cost),
        Just(AllocationMethod::Used),
        Just(AllocationMethod::Usage { unit: "Requests".to_owned() }),
        Just(AllocationMethod::Bought),
        (1i64..99).prop_map(|keep| AllocationMethod::Fixed {
            shares: [("t7".to_owned(), Amount::whole(100 - keep))].into(),
            keep: Amount::whole(keep)
        }),
    ];
    (0..7usize, proptest::collection::vec(0..7usize, 0..4), method, 0..8usize, any::<[bool; 3]>(), 0..8i32).prop_map(
        |(from, to, method, service, [by_day, even, tax], dated)| {
            let gives: Vec<&str> = to.into_iter().filter(|n| *n > from).map(|n| TEAMS[n]).collect();
            let gives = if gives.is_empty() { vec!["t7"] } else { gives };
            let mut rule = rule(&format!("{from}"), &[TEAMS[from]], &gives, method);
            rule.source.extend((service < 4).then(|| of_service(SERVICES[service % 4])));
            if by_day {
                rule.over = WeightPeriod::Day;
            }
            // Bills have three days: some rules begin or end among them.
            if dated < 2 {
                rule.from = Some(day(1 + dated));
            } else if dated < 4 {
                rule.until = Some(day(dated - 2));
            }
            if even {
                rule.without_weights = WithoutWeights::Even;
            }
            if tax && service > 5 {
                rule.charges = vec![SharedCharges::Tax];
            }
            rule
        },
    )
}

fn any_plan() -> impl Strategy<Value = AllocationPlan> {
    proptest::collection::vec(any_rule(), 0..10).prop_map(|mut rules| {
        rules.iter_mut().enumerate().for_each(|(n, rule)| rule.name = format!("r{n}-{}", rule.name));
        plan(rules)
    })
}

type DaySums = BTreeMap<(Day, Currency), (i128, i128)>;

fn sums_of(rows: &[Row]) -> DaySums {
    let mut out = DaySums::new();
    for row in rows {
        let sum = out.entry((day(row.day), row.currency)).or_default();
        sum.0 += 2 * row.cost.units();
        sum.1 += row.cost.units();
    }
    out
}

fn sums_of_parts(plan: &AllocationPlan, rows: &[Row]) -> DaySums {
    let (groups, input) = (groups(rows), WeightInput::default());
    let mut out = DaySums::new();
    Allocator::new(plan, &groups, &input).unwrap().each_part(|part| {
        let sum = out.entry((part.day, part.currency)).or_default();
        sum.0 += part.billed;
        sum.1 += part.effective;
    });
    out
}

/// The charges of each day that rules cannot distinguish, with their sums.
fn sums_of_groups(rows: &[Row]) -> Vec<(Row, i128, i128)> {
    let mut out: Vec<(Row, i128, i128)> = Vec::new();
    for row in rows {
        let place = |row: &Row| {
            (row.team, row.service, row.kind, row.currency, row.commitment, row.unit.map(|(unit, _)| unit), row.day)
        };
        let known = out.iter_mut().find(|(known, ..)| place(known) == place(row));
        match known {
            Some((_, billed, effective)) => {
                *billed += 2 * row.cost.units();
                *effective += row.cost.units();
            }
            None => out.push((row.clone(), 2 * row.cost.units(), row.cost.units())),
        }
    }
    out
}

/// What distinguishes a cost, in the order in which costs are listed: closed months are signed in this order.
fn sort_key(cost: &AllocatedCost) -> Vec<u8> {
    let mut out = Vec::new();
    let mut part = |text: Option<&str>| {
        out.extend_from_slice(text.map_or(&[1][..], str::as_bytes));
        out.push(0);
    };
    part(Some(&cost.value));
    part(Some(cost.currency.as_str()));
    for step in &cost.steps {
        for text in [&step.rule, &step.from, &step.to, &step.ratio.to_string()] {
            part(Some(text));
        }
    }
    part(cost.reason.as_ref().map(ToString::to_string).as_deref());
    part(Some(&cost.origin));
    for text in [&cost.provider, &cost.billing_account, &cost.service] {
        part(text.as_deref());
    }
    part(Some(cost.kind.as_str()));
    part(Some(if cost.committed { "committed" } else { "" }));
    part(Some(if cost.split { "split" } else { "" }));
    out
}

/// Whether the ratios of every division sum to its whole, down the tree of divisions of one charge. Then the products along the ways
/// sum to one.
fn ratios_sum_to_one(ways: &[&[AllocationStep]]) -> bool {
    if ways.iter().all(|way| way.is_empty()) {
        return ways.len() == 1;
    }
    let mut next: BTreeMap<&str, (u128, Vec<&[AllocationStep]>)> = BTreeMap::new();
    let mut divisions: Vec<(&str, u128)> = Vec::new();
    for way in ways {
        let Some((step, rest)) = way.split_first() else { return false };
        divisions.push((&step.rule, step.ratio.whole));
        let (part, rests) = next.entry(&step.to).or_insert((step.ratio.part, Vec::new()));
        if *part != step.ratio.part {
            return false;
        }
        rests.push(rest);
    }
    divisions.dedup();
    divisions.len() == 1
        && next.values().map(|(part, _)| part).sum::<u128>() == divisions[0].1
        && next.values().all(|(_, rests)| ratios_sum_to_one(rests))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn the_parts_of_random_bills_sum_to_them_on_each_day_and_in_each_currency(
        plan in any_plan(), rows in proptest::collection::vec(any_row(), 0..40)
    ) {
        prop_assert_eq!(plan.cycle(), None);
        prop_assert_eq!(sums_of_parts(&plan, &rows), sums_of(&rows));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_charges_does_not_matter_and_a_second_run_is_the_same(
        plan in any_plan(), rows in proptest::collection::vec(any_row(), 0..30), turn in 0usize..30
    ) {
        let input = WeightInput::default();
        let run = |rows: &[Row]| {
            let groups = groups(rows);
            Allocator::new(&plan, &groups, &input).unwrap().allocate().unwrap()
        };
        let mut turned = rows.clone();
        turned.rotate_left(turn.min(rows.len()));
        turned.reverse();
        prop_assert_eq!(run(&rows), run(&turned));
        let groups = groups(&rows);
        let mut allocator = Allocator::new(&plan, &groups, &input).unwrap();
        let first = allocator.allocate().unwrap();
        prop_assert_eq!(&first, &allocator.allocate().unwrap());
    }

    #[test]
    fn the_days_of_a_group_are_divided_as_each_day_alone(
        plan in any_plan(), rows in proptest::collection::vec(any_row(), 0..30)
    ) {
        let (groups, input) = (groups(&rows), WeightInput::default());
        let mut together: BTreeMap<(Day, Currency, String, String), Vec<[i128; 2]>> = BTreeMap::new();
        Allocator::new(&plan, &groups, &input).unwrap().each_part(|part| {
            let place = (part.day, part.currency, part.origin.to_owned(), part.value.to_owned());
            together.entry(place).or_default().push([part.billed, part.effective]);
        });
        let mut alone: BTreeMap<(Day, Currency, String, String), Vec<[i128; 2]>> = BTreeMap::new();
        let mut allocator = Allocator::new(&plan, &groups, &input).unwrap();
        for (one, billed, effective) in sums_of_groups(&rows) {
            for part in allocator.parts(&visible(&one), [one.team].into_iter(), day(one.day), [billed, effective, 0]) {
                let place = (day(one.day), one.currency, one.team.to_owned(), part.value);
                alone.entry(place).or_default().push([part.units[0], part.units[1]]);
            }
        }
        for parts in together.values_mut().chain(alone.values_mut()) {
            parts.sort_unstable();
        }
        prop_assert_eq!(together, alone);
    }

    #[test]
    fn costs_are_sorted_by_value_currency_rules_and_origin_and_none_stands_twice(
        plan in any_plan(), rows in proptest::collection::vec(any_row(), 0..40)
    ) {
        let (groups, input) = (groups(&rows), WeightInput::default());
        let found = Allocator::new(&plan, &groups, &input).unwrap().allocate().unwrap();
        let places: Vec<Vec<u8>> = found.costs.iter().map(sort_key).collect();
        prop_assert!(places.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn each_figure_of_a_single_charge_is_divided_exactly(
        plan in any_plan(), rows in proptest::collection::vec(any_row(), 1..20), figures in any::<[i64; 3]>()
    ) {
        let (groups, input) = (groups(&rows), WeightInput::default());
        let mut allocator = Allocator::new(&plan, &groups, &input).unwrap();
        let one = &rows[0];
        let units = figures.map(i128::from);
        let parts = allocator.parts(&visible(one), [one.team].into_iter(), day(one.day), units);
        for (at, whole) in units.iter().enumerate() {
            prop_assert_eq!(parts.iter().map(|part| part.units[at]).sum::<i128>(), *whole);
        }
        let again = allocator.parts(&visible(one), [one.team].into_iter(), day(one.day), [7, 8, 9]);
        let alike = allocator.parts(&visible(one), [one.team].into_iter(), day(one.day), [units[0]; 3]);
        prop_assert!(alike.iter().zip(&parts).all(|(alike, part)| alike.units == [part.units[0]; 3]));
        let places = |parts: &[ChargePart]| parts.iter().map(|p| (p.value.clone(), p.steps.clone())).collect::<Vec<_>>();
        prop_assert_eq!(places(&parts), places(&again));
    }

    #[test]
    fn the_ratios_of_the_parts_of_a_charge_sum_to_one(
        plan in any_plan(), mut one in any_row()
    ) {
        one.day = 0;
        let rows = [one, row("t7", "Own", "3"), row("t6", "Own", "4")];
        let (groups, input) = (groups(&rows), WeightInput::default());
        let found = Allocator::new(&plan, &groups, &input).unwrap().allocate().unwrap();
        let of_one = found.costs.iter().filter(|c| c.service.as_deref() != Some("Own"));
        let ways: Vec<&[AllocationStep]> = of_one.map(|c| c.steps.as_slice()).collect();
        prop_assert!(ratios_sum_to_one(&ways), "{ways:?}");
    }
}
