//! Exchange rates with the day from which each holds. They come from the policy file, so that two readers of one budget agree.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::{Amount, Currency, Day};

/// The value of one unit of a currency in another currency: above zero, at most nine decimal places, below 10^9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExchangeRate(i64);

const UNIT: i64 = 1_000_000_000;

impl FromStr for ExchangeRate {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed: Amount = text.parse().map_err(|e: crate::MoneyError| e.to_string())?;
        let step = 10i128.pow(Amount::PLACES - 9);
        let billionths = parsed.units() / step;
        if parsed.units() % step != 0 {
            return Err(format!("`{text}` has more than nine decimal places"));
        }
        match i64::try_from(billionths) {
            Ok(rate) if rate > 0 && rate < UNIT * UNIT => Ok(Self(rate)),
            _ => Err(format!("`{text}` is not above zero and below 1,000,000,000")),
        }
    }
}

impl fmt::Display for ExchangeRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:09}", self.0 / UNIT, self.0 % UNIT);
        f.pad(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Serialize for ExchangeRate {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// An exchange rate with the day from which it applies: one unit of `from` is `rate` units of `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DatedExchangeRate {
    /// The first day on which it applies.
    pub since: Day,
    /// The currency that is converted.
    pub from: Currency,
    /// The currency that it is converted into.
    pub to: Currency,
    /// The value of one unit.
    pub rate: ExchangeRate,
}

/// Exchange rates with the days from which they apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ExchangeRates(Vec<DatedExchangeRate>);

impl ExchangeRates {
    /// From rates in any order.
    pub fn new(mut rates: Vec<DatedExchangeRate>) -> Self {
        rates.sort_by_key(|r| r.since);
        Self(rates)
    }

    /// Every rate, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &DatedExchangeRate> {
        self.0.iter()
    }

    /// Converts an amount by the rate of a day. A rate in the opposite direction is inverted. `None` when there is no rate for
    /// the day or the result leaves the range: an unknown amount is never zero.
    pub fn convert(&self, amount: Amount, from: Currency, to: Currency, on: Day) -> Option<Amount> {
        if from == to {
            return Some(amount);
        }
        let (rate, straight) = self.held(from, to, on)?;
        if straight { amount.ratio(rate.0, UNIT) } else { amount.ratio(UNIT, rate.0) }
    }

    /// The rate of a day as a fraction: an amount of `from` times the first, divided by the second, is an amount of `to`. `None` when
    /// there is no rate for the day. Both are above zero.
    pub fn fraction(&self, from: Currency, to: Currency, on: Day) -> Option<(i64, i64)> {
        if from == to {
            return Some((1, 1));
        }
        let (rate, straight) = self.held(from, to, on)?;
        Some(if straight { (rate.0, UNIT) } else { (UNIT, rate.0) })
    }

    /// The days on which the rate between two currencies changes, oldest first.
    pub fn changes(&self, from: Currency, to: Currency) -> impl Iterator<Item = Day> {
        self.0.iter().filter(move |r| (r.from, r.to) == (from, to) || (r.from, r.to) == (to, from)).map(|r| r.since)
    }

    fn held(&self, from: Currency, to: Currency, on: Day) -> Option<(ExchangeRate, bool)> {
        let before = self.0.iter().rev().filter(|r| r.since <= on);
        before
            .filter_map(|r| match (r.from, r.to) {
                pair if pair == (from, to) => Some((r.rate, true)),
                pair if pair == (to, from) => Some((r.rate, false)),
                _ => None,
            })
            .next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_of_the_day_holds_either_way_round() {
        let eur: Currency = "EUR".parse().unwrap();
        let rate = |since: &str, rate: &str| DatedExchangeRate {
            since: since.parse().unwrap(),
            from: eur,
            to: Currency::USD,
            rate: rate.parse().unwrap(),
        };
        let rates = ExchangeRates::new(vec![rate("2026-06-01", "1.25"), rate("2026-01-01", "1.0832")]);
        let on = |day: &str| day.parse().unwrap();
        let hundred = Amount::whole(100);
        let convert = |from, to, day| rates.convert(hundred, from, to, on(day)).map(|a| a.to_string());
        assert_eq!(convert(eur, Currency::USD, "2026-05-31").as_deref(), Some("108.32"));
        assert_eq!(convert(eur, Currency::USD, "2026-06-01").as_deref(), Some("125"));
        assert_eq!(convert(Currency::USD, eur, "2026-06-01").as_deref(), Some("80"));
        assert_eq!(convert(eur, Currency::USD, "2025-12-31"), None);
        assert_eq!(convert(eur, "GBP".parse().unwrap(), "2026-06-01"), None);
        assert_eq!(rates.fraction(eur, Currency::USD, on("2026-06-01")), Some((1_250_000_000, UNIT)));
        assert_eq!(rates.fraction(Currency::USD, eur, on("2026-06-01")), Some((UNIT, 1_250_000_000)));
        assert_eq!(rates.fraction(eur, eur, on("2020-01-01")), Some((1, 1)));
    }

    #[test]
    fn a_rate_is_above_zero_and_exact() {
        assert_eq!("1.0832".parse::<ExchangeRate>().unwrap().to_string(), "1.0832");
        for wrong in ["0", "-1", "0.0000000001", "x", "1e30"] {
            assert!(wrong.parse::<ExchangeRate>().is_err(), "{wrong}");
        }
    }
}
