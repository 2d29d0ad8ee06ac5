use super::*;
use tollgate_model::{Day, Quantity};

struct NoPrices;

impl PriceOf for NoPrices {
    fn ratio(&self, _: &ChargeLine, _: &Move) -> Option<PriceRatio> {
        None
    }
}

/// Everything costs a tenth more there.
struct TenthMore;

impl PriceOf for TenthMore {
    fn ratio(&self, _: &ChargeLine, _: &Move) -> Option<PriceRatio> {
        Some(PriceRatio { there: Amount::whole(11), here: Amount::whole(10) })
    }
}

/// A line of ten days with the same cost.
fn line(used: LineUse, effective: i64, list: Option<i64>) -> ChargeLine {
    let days = (0..10).map(|i| (Day::EPOCH.plus(i), Amount::whole(effective).ratio(1, 10).unwrap())).collect();
    ChargeLine {
        provider: Some("AWS".into()),
        service: Some("Amazon EC2".into()),
        region: Some("us-east-1".into()),
        meter: Some("BoxUsage:m5.large".into()),
        used,
        currency: Currency::USD,
        effective: Amount::whole(effective),
        list: list.map(Amount::whole),
        contracted: list.map(Amount::whole),
        quantity: Some(Quantity::whole(100)),
        days,
    }
}

fn lines() -> Vec<ChargeLine> {
    vec![
        line(LineUse::OnDemand, 1000, Some(1000)),
        line(LineUse::Covered("sp".into()), 600, Some(900)),
        line(LineUse::Unused("sp".into()), 50, None),
        line(LineUse::Other, 40, None),
    ]
}

fn total(changes: WhatIfChanges, prices: &dyn PriceOf) -> (WhatIfAnswer, [String; 4]) {
    let answer = what_if(lines(), &changes, prices);
    let total = &answer.totals[0];
    let shown = [total.now, total.then.low, total.then.likely, total.then.high].map(|a| a.to_string());
    (answer, shown)
}

fn figures(figures: [&str; 4]) -> [String; 4] {
    figures.map(str::to_owned)
}

#[test]
fn prices_change_what_is_not_committed() {
    let (answer, shown) = total(WhatIfChanges { price: Some(-100), ..Default::default() }, &NoPrices);
    assert_eq!(shown, figures(["1690", "1590", "1590", "1590"]));
    assert!(answer.assumptions.iter().any(|a| a.contains("commitments")), "{:?}", answer.assumptions);
}

#[test]
fn growth_takes_the_unused_part_first_and_pays_list_prices_at_most() {
    let (_, shown) = total(WhatIfChanges { usage: Some(200), ..Default::default() }, &NoPrices);
    // On demand 200 more. Covered use 120 more: 50 take the unused part, and 70 of 600 cost 105 at on-demand prices. At most, all
    // 120 cost 180.
    assert_eq!(shown, figures(["1690", "1995", "1995", "2070"]));
}

#[test]
fn less_use_saves_nothing_of_a_commitment() {
    let (_, shown) = total(WhatIfChanges { usage: Some(-500), ..Default::default() }, &NoPrices);
    assert_eq!(shown, figures(["1690", "1190", "1190", "1190"]));
}

#[test]
fn an_ended_commitment_leaves_its_use_at_on_demand_prices() {
    let ended = || vec!["sp".to_owned()];
    let (_, shown) = total(WhatIfChanges { ended: ended(), ..Default::default() }, &NoPrices);
    assert_eq!(shown, figures(["1690", "1940", "1940", "1940"]));
    // Further changes apply to that use too.
    let (_, shown) = total(WhatIfChanges { ended: ended(), price: Some(-1000 / 10), ..Default::default() }, &NoPrices);
    assert_eq!(shown, figures(["1690", "1750", "1750", "1750"]));
}

#[test]
fn covered_use_without_a_known_price_keeps_its_cost_and_is_named() {
    let unknown = vec![line(LineUse::Covered("sp".into()), 600, None)];
    let answer = what_if(unknown, &WhatIfChanges { ended: vec!["sp".into()], ..Default::default() }, &NoPrices);
    assert_eq!(answer.totals[0].then, CostRange::exact(Amount::whole(600)));
    assert_eq!(answer.not_estimated[0].cost, Amount::whole(600));
    assert!(answer.rows.is_empty());
}

#[test]
fn a_bought_commitment_saves_where_it_is_used_and_costs_where_it_is_not() {
    let buy = |hourly: i64| {
        let bought = BoughtCommitment { currency: Currency::USD, hourly: Amount::whole(hourly), saving: 200, days: 10 };
        total(WhatIfChanges { bought: Some(bought), ..Default::default() }, &NoPrices).1
    };
    // A day has 100 on demand. 2 an hour cost 48 a day and cover 60, or 30 in half of the hours.
    assert_eq!(buy(2), figures(["1690", "1570", "1720", "1870"]));
    // 10 an hour cost 240 a day and cover 100.
    assert_eq!(buy(10), figures(["1690", "3090", "3090", "3090"]));
}

#[test]
fn moved_use_costs_by_the_ratio_of_prices_and_unknown_prices_are_named() {
    let wanted = vec![Move::Region { from: "us-east-1".into(), to: "eu-central-1".into() }];
    let (answer, shown) = total(WhatIfChanges { moves: wanted.clone(), ..Default::default() }, &TenthMore);
    assert_eq!(shown, figures(["1690", "1790", "1790", "1790"]));
    // What the commitment covers stays.
    assert_eq!(answer.not_estimated.iter().map(|n| n.cost).collect::<Vec<_>>(), [Amount::whole(600)]);
    let (answer, shown) = total(WhatIfChanges { moves: wanted, ..Default::default() }, &NoPrices);
    assert_eq!(shown, figures(["1690", "1690", "1690", "1690"]));
    assert_eq!(answer.not_estimated[0].cost, Amount::whole(1000));
    let both = vec![
        Move::Family { from: "m5".into(), to: "m7g".into() },
        Move::Region { from: "us-east-1".into(), to: "eu-central-1".into() },
    ];
    let (answer, _) = total(WhatIfChanges { moves: both, ..Default::default() }, &NoPrices);
    // Each charge is named once, whatever does not apply to it.
    let named = answer.not_estimated.iter().fold(Amount::ZERO, |sum, n| sum.saturating_add(n.cost));
    assert_eq!(named, Amount::whole(1600));
    let other = vec![Move::Region { from: "eu-west-1".into(), to: "eu-central-1".into() }];
    let (answer, _) = total(WhatIfChanges { moves: other, ..Default::default() }, &TenthMore);
    assert!(answer.rows.is_empty() && answer.not_estimated.is_empty());
}

#[test]
fn an_instance_type_is_read_from_a_meter() {
    for (meter, found) in [
        ("BoxUsage:m5.large", Some(("m5", "large"))),
        ("EUC1-BoxUsage:m7g.16xlarge", Some(("m7g", "16xlarge"))),
        ("InstanceUsage:db.r6g.large", Some(("db.r6g", "large"))),
        ("EBS:VolumeUsage.gp3", None),
        ("DataTransfer-Out-Bytes", None),
    ] {
        assert_eq!(moves::instance_type(meter), found, "{meter}");
    }
}

#[test]
fn the_saving_of_commitments_is_learned_from_what_they_cover() {
    assert_eq!(covered_saving(&lines()), Some(333));
    assert_eq!(covered_saving(&[line(LineUse::OnDemand, 5, Some(5))]), None);
}
