//! The cost of each customer, tenant or model, and how it is distributed.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::unit_cost::split_amount;
use tollgate_model::{Amount, Day, Quantity, UnitCost};

use super::margin::{UnitMargin, percent_of};

/// The cost of one value of `by`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitKey {
    /// The value; null for cost that no value bears.
    pub key: Option<String>,
    /// Its cost.
    pub cost: Amount,
    /// Its share of the whole cost in percent, to one decimal place.
    pub percent: Option<f64>,
    /// Its units; null where the metric has no figure for it.
    pub units: Option<Quantity>,
    /// Its cost of as many units as `per` says; null where it is unknown.
    pub unit_cost: Option<Amount>,
    /// Its margin, where revenue has the same `by`.
    pub margin: Option<UnitMargin>,
}

/// The cost by day and value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitShares {
    /// The cost by value and day.
    pub costs: BTreeMap<String, BTreeMap<Day, Amount>>,
    /// The cost that no value bears: of days without a figure, or without units.
    pub undivided: BTreeMap<Day, Amount>,
}

/// Divides the cost of each day in proportion to the figures of the day. The parts of a day add up to it, to the last digit.
pub fn divide_by_metric(
    cost: &BTreeMap<Day, Amount>,
    figures: &BTreeMap<Day, BTreeMap<String, Quantity>>,
) -> UnitShares {
    let mut out = UnitShares::default();
    for (day, cost) in cost {
        let of_day = figures.get(day);
        let weights: Vec<Quantity> = of_day.into_iter().flat_map(BTreeMap::values).copied().collect();
        let Some((of_day, parts)) = of_day.zip(split_amount(*cost, &weights)) else {
            out.undivided.insert(*day, *cost);
            continue;
        };
        for (key, part) in of_day.keys().zip(parts) {
            out.costs.entry(key.clone()).or_default().insert(*day, part);
        }
    }
    out
}

/// Takes the cost of each value as charges name it. `unallocated` is the value of charges that name none.
pub fn divide_by_dimension(costs: BTreeMap<String, BTreeMap<Day, Amount>>, unallocated: &str) -> UnitShares {
    let mut out = UnitShares { costs, undivided: BTreeMap::new() };
    out.undivided = out.costs.remove(unallocated).unwrap_or_default();
    out
}

impl UnitShares {
    /// The cost of each value, largest first; last the cost that no value bears. Their sum is the whole cost. `figures` are those of the
    /// metric by day, `revenue` those of the values.
    pub fn keys(
        &self,
        figures: &BTreeMap<Day, BTreeMap<String, Quantity>>,
        revenue: Option<&BTreeMap<String, BTreeMap<Day, Amount>>>,
        per: u64,
    ) -> Vec<UnitKey> {
        let sum = |days: &BTreeMap<Day, Amount>| days.values().fold(Amount::ZERO, |sum, a| sum.saturating_add(*a));
        let mut units: BTreeMap<&str, Quantity> = BTreeMap::new();
        for (key, value) in figures.values().flatten() {
            let sum = units.entry(key).or_default();
            *sum = sum.saturating_add(*value);
        }
        let undivided = sum(&self.undivided);
        let whole = self.costs.values().map(sum).fold(undivided, Amount::saturating_add);
        // A value with units and without cost is a row too.
        let names: std::collections::BTreeSet<&str> =
            self.costs.keys().map(String::as_str).chain(units.keys().copied()).collect();
        let none = BTreeMap::new();
        let mut out: Vec<UnitKey> = names
            .into_iter()
            .map(|name| {
                let days = self.costs.get(name).unwrap_or(&none);
                let (cost, units) = (sum(days), units.get(name).copied());
                UnitKey {
                    key: Some(name.to_owned()),
                    cost,
                    percent: percent_of(cost, whole),
                    units,
                    unit_cost: units.and_then(|units| UnitCost::of(cost, per, units)).map(|q| q.amount),
                    margin: revenue.and_then(|r| r.get(name)).and_then(|r| super::margin_of(days, r)),
                }
            })
            .collect();
        out.sort_by(|a, b| (b.cost, &a.key).cmp(&(a.cost, &b.key)));
        if !undivided.is_zero() {
            out.push(UnitKey {
                key: None,
                cost: undivided,
                percent: percent_of(undivided, whole),
                units: None,
                unit_cost: None,
                margin: None,
            });
        }
        out
    }
}

/// How the cost is distributed over the values that bear one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitDistribution {
    /// The number of values with a cost above zero.
    pub count: usize,
    /// Their mean cost.
    pub mean: Amount,
    /// The smallest cost.
    pub smallest: Amount,
    /// A tenth of them cost this much or less.
    pub p10: Amount,
    /// Half of them.
    pub median: Amount,
    /// Nine tenths of them.
    pub p90: Amount,
    /// The largest cost.
    pub largest: Amount,
    /// The share of the cost that the most expensive tenth bears, in percent, to one decimal place.
    pub top_tenth_percent: Option<f64>,
    /// The number of values whose cost is above their revenue; null without revenue.
    pub at_a_loss: Option<usize>,
}

/// The distribution of the cost over values; `None` where none has a cost above zero. Quantiles are nearest-rank: costs of real values.
pub fn distribution(keys: &[UnitKey]) -> Option<UnitDistribution> {
    let bearing: Vec<&UnitKey> = keys.iter().filter(|k| k.key.is_some() && k.cost > Amount::ZERO).collect();
    let mut costs: Vec<Amount> = bearing.iter().map(|k| k.cost).collect();
    costs.sort_unstable();
    let count = costs.len();
    let rank = |percent: usize| costs.get((count * percent).div_ceil(100).max(1) - 1).copied();
    let sum = |costs: &[Amount]| costs.iter().fold(Amount::ZERO, |sum, a| sum.saturating_add(*a));
    let whole = sum(&costs);
    let with_margin = keys.iter().filter_map(|k| k.margin.as_ref()).collect::<Vec<_>>();
    Some(UnitDistribution {
        count,
        mean: whole.ratio(1, i64::try_from(count).ok()?)?,
        smallest: *costs.first()?,
        p10: rank(10)?,
        median: rank(50)?,
        p90: rank(90)?,
        largest: *costs.last()?,
        top_tenth_percent: percent_of(sum(&costs[count - count.div_ceil(10)..]), whole),
        at_a_loss: (!with_margin.is_empty()).then(|| with_margin.iter().filter(|m| m.margin.is_negative()).count()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn figures(rows: &[(i32, &str, i64)]) -> BTreeMap<Day, BTreeMap<String, Quantity>> {
        let mut out: BTreeMap<Day, BTreeMap<String, Quantity>> = BTreeMap::new();
        for (day, key, value) in rows {
            out.entry(Day::EPOCH.plus(*day)).or_default().insert((*key).to_owned(), Quantity::whole(*value));
        }
        out
    }

    fn rows(keys: &[UnitKey]) -> Vec<(String, String)> {
        keys.iter().map(|k| (k.key.clone().unwrap_or_else(|| "-".to_owned()), k.cost.to_string())).collect()
    }

    #[test]
    fn a_customer_bears_the_share_of_its_use_and_a_day_without_figures_is_a_row() {
        let cost = (0..3).map(|i| (Day::EPOCH.plus(i), Amount::whole(10))).collect();
        let figures = figures(&[(0, "a", 3), (0, "b", 1), (1, "a", 1), (2, "a", 0)]);
        let keys = divide_by_metric(&cost, &figures).keys(&figures, None, 1);
        let expected = [("a", "17.5"), ("b", "2.5"), ("-", "10")].map(|(k, c)| (k.to_owned(), c.to_owned()));
        assert_eq!(rows(&keys), expected);
        assert_eq!(keys[0].unit_cost, Some("4.375".parse().unwrap()));
    }

    #[test]
    fn a_dimension_keeps_what_charges_say_and_a_customer_without_cost_is_a_row() {
        let on = |amount| BTreeMap::from([(Day::EPOCH, Amount::whole(amount))]);
        let costs = [("a".to_owned(), on(6)), ("none".to_owned(), on(4))].into();
        let figures = figures(&[(0, "a", 2), (0, "b", 5)]);
        let keys = divide_by_dimension(costs, "none").keys(&figures, None, 1);
        let expected = [("a", "6"), ("b", "0"), ("-", "4")].map(|(k, c)| (k.to_owned(), c.to_owned()));
        assert_eq!(rows(&keys), expected);
        assert_eq!(keys[1].unit_cost, Some(Amount::ZERO));
    }

    #[test]
    fn a_distribution_is_made_of_real_costs() {
        let key = |cost: i64| UnitKey {
            key: Some(format!("k{cost}")),
            cost: Amount::whole(cost),
            percent: None,
            units: None,
            unit_cost: None,
            margin: None,
        };
        let found = distribution(&(1..=20).map(key).collect::<Vec<_>>()).unwrap();
        let shown = [found.smallest, found.p10, found.median, found.p90, found.largest, found.mean];
        assert_eq!(shown.map(|a| a.to_string()), ["1", "2", "10", "18", "20", "10.5"]);
        // 39 of 210.
        assert_eq!((found.count, found.top_tenth_percent, found.at_a_loss), (20, Some(18.6), None));
        assert_eq!(distribution(&[key(0)]), None);
        assert_eq!(distribution(&[key(7)]).unwrap().top_tenth_percent, Some(100.0));
    }

    proptest! {
        #[test]
        fn what_customers_and_nobody_bear_is_the_cost(
            costs in proptest::collection::vec(-1_000_000_000_000i128..1_000_000_000_000, 1..20),
            uses in proptest::collection::vec((0i32..20, 0usize..6, -3i64..50), 0..80),
        ) {
            let cost: BTreeMap<Day, Amount> =
                (0..).zip(&costs).map(|(i, c)| (Day::EPOCH.plus(i), Amount::from_units(*c).unwrap())).collect();
            let names = ["a", "b", "c", "d", "e", "f"];
            let figures = figures(&uses.iter().map(|(d, k, v)| (*d, names[*k], *v)).collect::<Vec<_>>());
            let keys = divide_by_metric(&cost, &figures).keys(&figures, None, 1);
            let sum = keys.iter().fold(Amount::ZERO, |sum, k| sum.checked_add(k.cost).unwrap());
            prop_assert_eq!(sum.units(), costs.iter().sum::<i128>());
        }
    }
}
