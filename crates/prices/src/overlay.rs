//! What a company pays instead of the list: discounts and prices of its own.

use tollgate_model::{Currency, Discount, OwnPrice, Quantity};

use crate::book::Step;
use crate::number::Span;
use crate::price_book::{How, Price};

/// Discounts and prices of one's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    /// Discounts; all that fit are taken off, one after the other.
    pub discounts: Vec<Discount>,
    /// Prices of one's own; discounts don't touch them.
    pub own: Vec<OwnPrice>,
}

/// Whether a text fits a pattern with `*` for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

impl Overlay {
    /// The price of one's own for a thing.
    pub(crate) fn own(&self, key: &str, unit: &str, region: Option<&str>, currency: Currency) -> Option<Price> {
        let holds = |own: &&OwnPrice| {
            let here = own.region.as_deref().is_none_or(|r| Some(r) == region);
            own.sku == key && own.unit == unit && own.currency == currency && here
        };
        let own = self.own.iter().find(holds)?;
        Some(Price {
            steps: vec![Step { from: Quantity::ZERO, each: Span::exactly(own.each) }],
            how: How::Own(own.name.clone()),
            region: region.map(str::to_owned),
            source: "the policy file".to_owned(),
            date: own.since,
            discounts: Vec::new(),
        })
    }

    /// A price with every discount that fits taken off; `None` when it leaves the range.
    pub(crate) fn discount(&self, mut price: Price, key: &str) -> Option<Price> {
        for discount in &self.discounts {
            let any = |patterns: &[String]| patterns.iter().any(|p| fits(p, key));
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
    fn discounts_are_taken_off_one_after_the_other() {
        let discount = |name: &str, basis_points, covers, sku: &str| Discount {
            name: name.to_owned(),
            basis_points,
            covers,
            skus: vec![sku.to_owned()],
            except: vec!["aws/vm/windows/*".to_owned()],
        };
        let overlay = Overlay {
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

    #[test]
    fn patterns() {
        for (pattern, text, is) in [
            ("*", "anything", true),
            ("aws/*", "aws/vm", true),
            ("aws/*/m5.*", "aws/vm/linux/m5.large", true),
            ("aws/vm", "aws/vm/linux", false),
            ("*large", "m5.xlarge", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXc", false),
        ] {
            assert_eq!(fits(pattern, text), is, "{pattern} {text}");
        }
    }
}
