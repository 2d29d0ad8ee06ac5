//! Differences from list prices: discounts and negotiated prices.

use tollgate_model::pattern::wildcard_matches;
use tollgate_model::{Currency, Discount, OwnPrice, Quantity};

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

impl PriceAdjustments {
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
