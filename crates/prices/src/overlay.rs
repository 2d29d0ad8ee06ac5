//! Differences from list prices: discounts and negotiated prices.

use tollgate_model::pattern::wildcard_matches;
use tollgate_model::{Currency, Day, Discount, ExchangeRates, OwnPrice, Quantity};

use crate::book::PriceTier;
use crate::number::Span;
use crate::price_book::{Price, PriceBasis};

/// Discounts and negotiated prices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceAdjustments {
    /// Discounts; all that match apply, one after the other.
    pub discounts: Vec<Discount>,
    /// Negotiated prices; discounts do not apply to them.
    pub own: Vec<OwnPrice>,
}

/// A negotiated price in a currency without an exchange rate to that of the price lists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "own price \"{name}\" is in {from}, the price lists are in {to}, and there is no exchange rate between them for {since}\nhint: add a rate, or write the price in {to}"
)]
pub struct UnconvertedPrice {
    /// The name of the price.
    pub name: String,
    /// Its currency.
    pub from: Currency,
    /// The currency of the price lists.
    pub to: Currency,
    /// The day from which the price applies.
    pub since: Day,
}

impl PriceAdjustments {
    /// Creates adjustments. A price in another currency is converted with the rate of the day from which it applies.
    ///
    /// # Errors
    ///
    /// When there is no such rate.
    pub fn new(discounts: Vec<Discount>, own: &[OwnPrice], rates: &ExchangeRates) -> Result<Self, UnconvertedPrice> {
        let to = crate::usd();
        let convert = |own: &OwnPrice| match rates.convert(own.each, own.currency, to, own.since) {
            Some(each) => Ok(OwnPrice { each, currency: to, ..own.clone() }),
            None => {
                let (name, from, since) = (own.name.clone(), own.currency, own.since);
                Err(UnconvertedPrice { name, from, to, since })
            }
        };
        Ok(Self { discounts, own: own.iter().map(convert).collect::<Result<_, _>>()? })
    }

    /// Returns the negotiated price of a key.
    pub(crate) fn own(&self, key: &str, unit: &str, region: Option<&str>, currency: Currency) -> Option<Price> {
        let matches = |own: &&OwnPrice| {
            let here = own.region.as_deref().is_none_or(|r| Some(r) == region);
            own.sku == key && own.unit == unit && own.currency == currency && here
        };
        let own = self.own.iter().find(matches)?;
        Some(Price {
            steps: vec![PriceTier { from: Quantity::ZERO, each: Span::exactly(own.each) }],
            how: PriceBasis::Own(own.name.clone()),
            region: region.map(str::to_owned),
            source: "the policy file".to_owned(),
            date: own.since,
            discounts: Vec::new(),
        })
    }

    /// Applies every discount that matches; `None` when the price leaves the range.
    pub(crate) fn discount(&self, mut price: Price, key: &str) -> Option<Price> {
        for discount in &self.discounts {
            let any = |patterns: &[String]| patterns.iter().any(|p| wildcard_matches(p, key));
            if !any(&discount.skus) || any(&discount.except) {
                continue;
            }
            let off = i64::from(discount.basis_points) * i64::from(discount.covers.min(100));
            for step in &mut price.steps {
                step.each = step.each.try_map(|each| each.ratio(1_000_000 - off, 1_000_000))?;
            }
            price.discounts.push(discount.name.clone());
        }
        Some(price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PriceBook;

    #[test]
    fn an_own_price_in_another_currency_is_converted_or_refused() {
        let own = OwnPrice {
            name: "agreed".to_owned(),
            sku: "aws/vm/linux/m5.large".to_owned(),
            region: None,
            unit: "hours".to_owned(),
            each: "0.08".parse().unwrap(),
            currency: "EUR".parse().unwrap(),
            since: "2026-01-01".parse().unwrap(),
        };
        let none = PriceAdjustments::new(Vec::new(), std::slice::from_ref(&own), &ExchangeRates::default());
        assert!(none.unwrap_err().to_string().contains("no exchange rate"));
        let rate = tollgate_model::exchange_rate::DatedExchangeRate {
            since: "2025-12-01".parse().unwrap(),
            from: "EUR".parse().unwrap(),
            to: "USD".parse().unwrap(),
            rate: "1.25".parse().unwrap(),
        };
        let overlay = PriceAdjustments::new(Vec::new(), &[own], &ExchangeRates::new(vec![rate])).unwrap();
        let book = PriceBook::embedded(overlay).unwrap();
        let price = book.price("aws/vm/linux/m5.large", "hours", Some("us-east-1")).unwrap();
        assert_eq!(price.each().likely.to_string(), "0.1");
    }

    #[test]
    fn discounts_apply_one_after_the_other() {
        let discount = |name: &str, basis_points, covers, sku: &str| Discount {
            name: name.to_owned(),
            basis_points,
            covers,
            skus: vec![sku.to_owned()],
            except: vec!["aws/vm/windows/*".to_owned()],
        };
        let overlay = PriceAdjustments {
            discounts: vec![discount("edp", 1000, 100, "aws/*"), discount("plan", 2500, 60, "aws/vm/*")],
            own: Vec::new(),
        };
        let book = PriceBook::embedded(overlay).unwrap();
        let price = book.price("aws/vm/linux/m5.large", "hours", Some("us-east-1")).unwrap();
        // 0.096 less a tenth, less a quarter of six tenths.
        assert_eq!(price.each().likely.to_string(), "0.07344");
        assert_eq!(price.discounts, ["edp", "plan"]);
        let windows = book.price("aws/vm/windows/m5.large", "hours", Some("us-east-1")).unwrap();
        assert!(windows.discounts.is_empty());
    }
}
