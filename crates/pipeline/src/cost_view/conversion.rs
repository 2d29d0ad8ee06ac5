//! Conversion of series by the exchange rate of each day.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_analysis::SourceSeries;
use tollgate_model::series::{DayCost, SeriesMonth};
use tollgate_model::{Amount, Currency, Day, ExchangeRates};

/// Which currencies were converted.
#[derive(Default)]
pub(crate) struct Conversion {
    /// The currencies that were converted, and the one into which.
    pub(crate) converted: Option<(BTreeSet<Currency>, Currency)>,
    /// Currencies without a rate for some of their days.
    pub(crate) without_rate: BTreeSet<Currency>,
}

/// Converts every currency that has a rate for all its days. A currency is converted as a whole or not at all: half of it in each currency
/// would be no figure of anything.
pub(crate) fn convert_sources(
    mut sources: Vec<SourceSeries>,
    rates: &ExchangeRates,
    wanted: Option<Currency>,
) -> (Vec<SourceSeries>, Conversion) {
    let mut sums: BTreeMap<Currency, Amount> = BTreeMap::new();
    for month in sources.iter().flat_map(|s| &s.months) {
        let sum = sums.entry(month.key.currency).or_default();
        *sum = month.days.values().fold(*sum, |sum, cost| sum.saturating_add(cost.effective));
    }
    if rates.iter().next().is_none() || (sums.len() < 2 && wanted.is_none_or(|c| sums.contains_key(&c))) {
        return (sources, Conversion::default());
    }
    let largest = || sums.iter().max_by_key(|(_, sum)| **sum).map(|(currency, _)| *currency);
    let Some(target) = wanted.or_else(largest) else { return (sources, Conversion::default()) };
    let mut conversion = Conversion::default();
    let mut converted = BTreeSet::new();
    for currency in sums.into_keys().filter(|c| *c != target) {
        let of = |month: &&SeriesMonth| month.key.currency == currency;
        let all = sources.iter().flat_map(|s| &s.months).filter(of);
        let done: Option<Vec<BTreeMap<Day, DayCost>>> = all.map(|month| convert_days(month, rates, target)).collect();
        let Some(done) = done else {
            conversion.without_rate.insert(currency);
            continue;
        };
        let months = sources.iter_mut().flat_map(|s| &mut s.months).filter(|month| month.key.currency == currency);
        for (month, days) in months.zip(done) {
            month.key.currency = target;
            month.days = days;
        }
        converted.insert(currency);
    }
    conversion.converted = (!converted.is_empty()).then_some((converted, target));
    (sources, conversion)
}

/// The days of a series in another currency; `None` where a day has no rate.
fn convert_days(month: &SeriesMonth, rates: &ExchangeRates, target: Currency) -> Option<BTreeMap<Day, DayCost>> {
    let days = month.days.iter().map(|(day, cost)| {
        let convert = |amount| rates.convert(amount, month.key.currency, target, *day);
        Some((*day, DayCost { billed: convert(cost.billed)?, effective: convert(cost.effective)? }))
    });
    days.collect()
}

#[cfg(test)]
mod tests {
    use tollgate_model::{ChargeKind, SeriesKey, SourceId};
    use tollgate_policy::Policy;

    use super::*;

    fn euro() -> Currency {
        "EUR".parse().unwrap()
    }

    fn source(currency: &str, days: &[(&str, i64)]) -> SourceSeries {
        let key = SeriesKey {
            provider: Some("Microsoft".to_owned()),
            billing_account: None,
            sub_account: None,
            service: None,
            region: None,
            kind: ChargeKind::Usage,
            currency: currency.parse().unwrap(),
            dimensions: BTreeMap::new(),
        };
        let cost = |n: i64| DayCost { billed: Amount::whole(n), effective: Amount::whole(n) };
        let days = days.iter().map(|(day, n)| (day.parse().unwrap(), cost(*n))).collect();
        SourceSeries {
            source: SourceId::from_text(currency),
            months: vec![SeriesMonth { key, days }],
            provisional_days: 0,
            last_day: None,
        }
    }

    fn rates(text: &str) -> ExchangeRates {
        Policy::parse("t", text).unwrap().rates
    }

    #[test]
    fn each_day_is_converted_by_its_own_rate() {
        let sources =
            vec![source("USD", &[("2026-10-31", 1000)]), source("EUR", &[("2026-10-31", 10), ("2026-11-01", 10)])];
        let rates = rates(
            "rates \"2026-01-01\" {\n base = \"USD\"\n EUR = 1.1\n}\nrates \"2026-11-01\" {\n base = \"USD\"\n EUR = 1.2\n}\n",
        );
        let (sources, conversion) = convert_sources(sources, &rates, None);
        let euros = &sources[1].months[0];
        assert_eq!(euros.key.currency, Currency::USD);
        let costs: Vec<String> = euros.days.values().map(|c| c.effective.to_string()).collect();
        assert_eq!(costs, ["11", "12"]);
        assert_eq!(conversion.converted, Some(([euro()].into(), Currency::USD)));
        assert!(conversion.without_rate.is_empty());
    }

    #[test]
    fn a_currency_with_a_day_before_its_first_rate_stays_as_it_is_and_is_named() {
        let sources =
            || vec![source("USD", &[("2026-10-31", 1000)]), source("EUR", &[("2026-10-31", 10), ("2026-11-01", 10)])];
        let late = rates("rates \"2026-11-01\" {\n base = \"USD\"\n EUR = 1.2\n}\n");
        let (kept, conversion) = convert_sources(sources(), &late, None);
        assert_eq!(kept[1].months[0].key.currency, euro());
        assert_eq!((conversion.converted, conversion.without_rate), (None, [euro()].into()));
        let (kept, conversion) = convert_sources(sources(), &ExchangeRates::default(), None);
        assert_eq!(kept[1].months[0].key.currency, euro());
        assert!(conversion.converted.is_none() && conversion.without_rate.is_empty());
    }
}
