//! The cost of a unit by day, in its currency.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_analysis::{CostCube, ScopeSeries};
use tollgate_model::query::{CostField, CostFilter};
use tollgate_model::series::Facet;
use tollgate_model::{Amount, Currency, Day, DayRange, ExchangeRates, Money, Quantity, SeriesKey, Totals};
use tollgate_policy::UnitDefinition;

use crate::scope::matches_scope;

/// The daily cost of a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct UnitCosts {
    /// The cost of each complete day.
    pub(super) days: BTreeMap<Day, Amount>,
    /// Cost in currencies without an exchange rate for a day: it is in no day.
    pub(super) not_counted: Totals,
}

/// The cost of a unit on every day on which it is complete.
pub(super) fn unit_costs(
    cube: &CostCube,
    unit: &UnitDefinition,
    names: &BTreeMap<String, String>,
    rates: &ExchangeRates,
) -> UnitCosts {
    let series = cube.sums(&[], unit.basis, |key| counts(unit, key, names));
    let range = whole_range(&series);
    sum_days(series, range, unit.currency, rates)
}

/// The cost of each value of the unit's dimension, over the days of the whole.
pub(super) fn costs_by_dimension(
    cube: &CostCube,
    unit: &UnitDefinition,
    dimension: &str,
    names: &BTreeMap<String, String>,
    rates: &ExchangeRates,
) -> BTreeMap<String, BTreeMap<Day, Amount>> {
    let counts = |key: &SeriesKey| counts(unit, key, names);
    let whole = whole_range(&cube.sums(&[], unit.basis, counts));
    let values: BTreeSet<&str> = cube
        .keys()
        .filter(|key| counts(key))
        .filter_map(|key| key.dimensions.get(dimension).map(String::as_str))
        .collect();
    let of_value = |value: &str| {
        let has_value = |key: &SeriesKey| key.dimensions.get(dimension).is_some_and(|v| v == value);
        let series = cube.sums(&[], unit.basis, |key| counts(key) && has_value(key));
        sum_days(series, whole, unit.currency, rates).days
    };
    values.into_iter().map(|value| (value.to_owned(), of_value(value))).collect()
}

/// Whether a unit counts a series.
fn counts(unit: &UnitDefinition, key: &SeriesKey, names: &BTreeMap<String, String>) -> bool {
    let keeps = |filter: &CostFilter| {
        let (value, name) = match &filter.field {
            CostField::Facet(Facet::SubAccount) => {
                let id = key.facet(Facet::SubAccount);
                (id, id.and_then(|id| names.get(id)).map(String::as_str))
            }
            CostField::Facet(facet) => (key.facet(*facet), None),
            CostField::Kind => (Some(key.kind.as_str()), None),
            CostField::Dimension(dimension) => (key.dimensions.get(dimension).map(String::as_str), None),
            // The policy file refuses conditions on what series do not have.
            CostField::Tag(_) | CostField::Column(_) => return false,
        };
        filter.keeps(value, name)
    };
    matches_scope(&unit.scope, key, names) && unit.filters.iter().all(keeps)
}

/// The days that every series of a sum covers, from the first of any.
fn whole_range(series: &[ScopeSeries]) -> Option<DayRange> {
    let start = series.iter().map(|s| s.range.start).min()?;
    let end = series.iter().map(|s| s.range.end).min()?;
    Some(DayRange { start, end })
}

/// Adds the currencies up, each converted by the rate of its day. A day without charges has cost nothing.
fn sum_days(series: Vec<ScopeSeries>, range: Option<DayRange>, currency: Currency, rates: &ExchangeRates) -> UnitCosts {
    let mut out = UnitCosts::default();
    let Some(range) = range else { return out };
    out.days = range.days().map(|day| (day, Amount::ZERO)).collect();
    for series in series {
        for (day, amount) in series.sums.range(range.start..range.end) {
            match rates.convert(*amount, series.currency, currency, *day) {
                Some(converted) => {
                    let sum = out.days.entry(*day).or_default();
                    *sum = sum.saturating_add(converted);
                }
                // A sum that leaves the range is one that no budget has either.
                None => drop(out.not_counted.add(Money::new(*amount, series.currency))),
            }
        }
    }
    out
}

/// The figures of a metric of money as amounts of a currency, by key and day. A day without a rate is unknown.
pub(super) fn revenue_by_key(
    figures: &BTreeMap<Day, BTreeMap<String, Quantity>>,
    from: Currency,
    to: Currency,
    rates: &ExchangeRates,
) -> BTreeMap<String, BTreeMap<Day, Amount>> {
    let mut out: BTreeMap<String, BTreeMap<Day, Amount>> = BTreeMap::new();
    for (day, of_day) in figures {
        for (key, figure) in of_day {
            let amount = figure.units().checked_mul(SCALE).and_then(Amount::from_units);
            if let Some(converted) = amount.and_then(|amount| rates.convert(amount, from, to, *day)) {
                out.entry(key.clone()).or_default().insert(*day, converted);
            }
        }
    }
    out
}

/// An amount has this many smallest units for each of a quantity.
const SCALE: i128 = 10i128.pow(Amount::PLACES - Quantity::PLACES);

/// The sum over keys by day. A day that lacks a key counts with those that it has.
pub(super) fn sum_keys(by_key: &BTreeMap<String, BTreeMap<Day, Amount>>) -> BTreeMap<Day, Amount> {
    let mut out: BTreeMap<Day, Amount> = BTreeMap::new();
    for (day, amount) in by_key.values().flatten() {
        let sum = out.entry(*day).or_default();
        *sum = sum.saturating_add(*amount);
    }
    out
}

#[cfg(test)]
mod tests {
    use tollgate_analysis::SourceSeries;
    use tollgate_model::series::{DayCost, SeriesMonth};
    use tollgate_model::{ChargeKind, SourceId};
    use tollgate_policy::Policy;

    use super::*;

    const POLICY: &str = r#"
dimension "team" {
  value = charge.tags.team
}
rates "2026-10-02" {
  base = "USD"
  EUR  = 2
}
metric "orders" {
  by = "team"
}
unit "all" {
  metric   = "orders"
  currency = "USD"
  by       = "team"
}
unit "storage" {
  metric   = "orders"
  currency = "USD"
  filters  = ["service=Amazon S*", "kind!=tax"]
}
"#;

    /// Three days of a cost.
    fn month(service: &str, team: &str, currency: &str, kind: ChargeKind, amount: i64) -> SeriesMonth {
        let first: Day = "2026-10-01".parse().unwrap();
        let cost = DayCost { billed: Amount::whole(amount), effective: Amount::whole(amount) };
        let key = SeriesKey {
            provider: Some("AWS".into()),
            billing_account: None,
            sub_account: Some("1".into()),
            service: Some(service.into()),
            region: None,
            kind,
            currency: currency.parse().unwrap(),
            dimensions: [("team".to_owned(), team.to_owned())].into(),
        };
        SeriesMonth { key, days: (0..3).map(|i| (first.plus(i), cost)).collect() }
    }

    fn cube() -> CostCube {
        let months = vec![
            month("Amazon S3", "web", "USD", ChargeKind::Usage, 10),
            month("Amazon EC2", "web", "USD", ChargeKind::Usage, 100),
            month("Amazon S3", "data", "USD", ChargeKind::Tax, 1),
            month("Blob", "data", "EUR", ChargeKind::Usage, 5),
        ];
        let source = SourceId::from_text("bill");
        CostCube::new(vec![SourceSeries { source, months, provisional_days: 0, last_day: None }])
    }

    #[test]
    fn conditions_select_the_cost_and_a_day_without_a_rate_is_not_counted() {
        let policy = Policy::parse("t", POLICY).unwrap();
        let names = BTreeMap::new();
        let days = |unit: usize| unit_costs(&cube(), &policy.units[unit], &names, &policy.rates);
        let shown = |costs: &UnitCosts| costs.days.values().map(|a| a.to_string()).collect::<Vec<_>>();
        let all = days(0);
        assert_eq!(shown(&all), ["111", "121", "121"]);
        assert_eq!(all.not_counted.get("EUR".parse().unwrap()), Amount::whole(5));
        assert_eq!(shown(&days(1)), ["10", "10", "10"]);
    }

    #[test]
    fn the_costs_of_values_add_up_to_the_whole() {
        let policy = Policy::parse("t", POLICY).unwrap();
        let names = BTreeMap::new();
        let by_team = costs_by_dimension(&cube(), &policy.units[0], "team", &names, &policy.rates);
        let day: Day = "2026-10-02".parse().unwrap();
        let shown: Vec<String> = by_team.iter().map(|(team, days)| format!("{team} {}", days[&day])).collect();
        assert_eq!(shown, ["data 11", "web 110"]);
    }

    #[test]
    fn revenue_is_money_by_the_rate_of_its_day() {
        let policy = Policy::parse("t", POLICY).unwrap();
        let figure = |day: &str| {
            let of_day: BTreeMap<String, Quantity> = [("web".to_owned(), "12.5".parse().unwrap())].into();
            (day.parse::<Day>().unwrap(), of_day)
        };
        let figures = ["2026-10-01", "2026-10-02"].map(figure).into();
        let revenue = revenue_by_key(&figures, "EUR".parse().unwrap(), Currency::USD, &policy.rates);
        let days: Vec<String> = revenue["web"].iter().map(|(day, a)| format!("{day} {a}")).collect();
        assert_eq!(days, ["2026-10-02 25"]);
        assert_eq!(sum_keys(&revenue).len(), 1);
    }
}
