//! Why a cost changed: the effects add up to the change, and a small bill has the effects that one would calculate by hand.

use std::collections::BTreeMap;

use tollgate_model::query::CostQuery;
use tollgate_model::{Amount, Currency};

use super::month::{Month, Row};
use super::{RowFilter, query};
use crate::costs::{ChangeEffect, ChangeOfCost, CostChange, answer_costs, explain_change, find_untagged};

async fn explained(month: &Month, query: &CostQuery) -> CostChange {
    explain_change(&month.context, query, &RowFilter::everything()).await.unwrap()
}

fn adds_up(cost: &ChangeOfCost) {
    let effects = cost.effects.values().fold(0i128, |sum, part| sum + part.units());
    assert_eq!(effects, cost.change.units());
    assert_eq!(cost.after.units() - cost.before.units(), cost.change.units());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn effects_add_up_to_the_change_of_each_group_and_of_the_whole() {
    let month = Month::generate(800).await;
    for json in [
        r#"{"period":"2026-10-14..2026-10-31","compare":"2026-10-01..2026-10-13","group_by":["service"]}"#,
        r#"{"period":"2026-10-14..2026-10-31","compare":"2026-10-01..2026-10-13","currency":"keep","group_by":["team","tag:owner"],"top":2}"#,
        r#"{"period":"last-7-days","metric":"billed","currency":"EUR"}"#,
        r#"{"period":"last-7-days","metric":"list","filters":["provider=AWS","kind!=correction"],"group_by":["account"]}"#,
    ] {
        let query = query(json);
        let change = explained(&month, &query).await;
        let compared = CostQuery { compare: change.query.compare.clone(), ..query };
        let costs = answer_costs(&month.context, &compared, &RowFilter::everything()).await.unwrap();
        assert!(!change.totals.is_empty());
        for total in &change.totals {
            adds_up(&total.cost);
            let of_currency = change.groups.iter().filter(|group| group.currency == total.currency);
            let groups: i128 = of_currency.inspect(|group| adds_up(&group.cost)).map(|g| g.cost.change.units()).sum();
            assert_eq!(groups, total.cost.change.units());
            let same = costs.totals.iter().find(|t| t.currency == total.currency).unwrap();
            assert_eq!((same.amount, same.before), (total.cost.after, Some(total.cost.before)), "{json}");
        }
    }
}

fn row(day: &str, meter: &str, cost: &str, quantity: &str) -> Row {
    let next = day.parse::<tollgate_model::Day>().unwrap().plus(1);
    let cells = [
        ("BilledCost", cost),
        ("EffectiveCost", cost),
        ("BillingCurrency", "USD"),
        ("ChargeCategory", if quantity.is_empty() { "Tax" } else { "Usage" }),
        ("ChargePeriodStart", &format!("{day}T00:00:00Z")),
        ("ChargePeriodEnd", &format!("{next}T00:00:00Z")),
        ("BillingPeriodStart", "2026-10-01T00:00:00Z"),
        ("BillingPeriodEnd", "2026-11-01T00:00:00Z"),
        ("ProviderName", "AWS"),
        ("BillingAccountId", "42"),
        ("ServiceName", "EC2"),
        ("SkuMeter", meter),
        ("PricingQuantity", quantity),
        ("PricingUnit", "Hours"),
        ("ResourceId", if meter == "small" { "i-1" } else { "" }),
        ("Tags", if meter == "small" { r#"{"team":"search"}"# } else { "" }),
    ];
    Row { cells: cells.map(|(name, text)| (name, text.to_owned())).to_vec() }
}

/// Two days: small went from 10 to 6 hours at 1 each, large from 2 to 12 hours and from 4 to 5 each, one meter is gone, one new, tax rose.
async fn two_days() -> Month {
    let rows = vec![
        row("2026-10-01", "small", "10", "10"),
        row("2026-10-01", "large", "8", "2"),
        row("2026-10-01", "old", "3", "1"),
        row("2026-10-01", "", "1", ""),
        row("2026-10-02", "small", "6", "6"),
        row("2026-10-02", "large", "60", "12"),
        row("2026-10-02", "new", "7", "1"),
        row("2026-10-02", "", "2", ""),
    ];
    Month::of(rows).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_change_is_new_gone_usage_mix_price_and_what_has_no_quantity() {
    let month = two_days().await;
    let change = explained(&month, &query(r#"{"period":"2026-10-02","compare":"previous"}"#)).await;
    let effects: BTreeMap<ChangeEffect, String> =
        change.totals[0].cost.effects.iter().map(|(effect, part)| (*effect, part.to_string())).collect();
    // The family went from 12 to 18 hours: half more at the earlier prices is 9. At those prices 6 small and 12 large cost 54, which is
    // 27 more than 27; large costs 12 more by its price.
    let expected = [
        (ChangeEffect::New, "7"),
        (ChangeEffect::Gone, "-3"),
        (ChangeEffect::Usage, "9"),
        (ChangeEffect::Mix, "27"),
        (ChangeEffect::Price, "12"),
        (ChangeEffect::Unmeasured, "1"),
    ];
    assert_eq!(effects, expected.map(|(effect, part)| (effect, part.to_owned())).into());
    assert_eq!(change.totals[0].cost.change, Amount::whole(53));
    let first = &change.drivers[0];
    assert_eq!(
        (first.effect, first.meter.as_deref(), first.amount),
        (ChangeEffect::Mix, Some("large"), Amount::whole(36))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn untagged_cost_is_the_default_of_a_dimension_and_the_missing_value_of_a_tag() {
    let month = two_days().await;
    let untagged = |fields: &'static [&'static str]| {
        let fields: Vec<_> = fields.iter().map(|field| field.parse().unwrap()).collect();
        let month = &month;
        async move {
            let query = query(r#"{"period":"2026-10","group_by":["service"]}"#);
            find_untagged(&month.context, &query, &fields, &RowFilter::everything()).await.unwrap().fields
        }
    };
    let [team] = untagged(&["team"]).await.try_into().unwrap();
    assert_eq!((team.currency, team.total, team.untagged), (Currency::USD, Amount::whole(97), Amount::whole(81)));
    assert_eq!(team.largest.iter().map(|row| row.amount).collect::<Vec<_>>(), [Amount::whole(81)]);
    assert_eq!(untagged(&["tag:team"]).await[0].untagged, Amount::whole(81));
    assert_eq!(untagged(&[]).await.len(), 2);
}
