//! The monthly cost of a resource: components, each with a name, a unit, a quantity, and a price or the reason why it has none.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::{Amount, Quantity};

use crate::number::{Span, product, whole};
use crate::price_book::{Price, PriceBook};
use crate::resource::{Estimated, Unpriced};
use crate::usage::{QuantityOrigin, Usage};

/// Hours of a month: 365 days, 24 hours, 12 months, as the providers' own calculators count.
pub const HOURS: i64 = 730;

/// A part of the cost of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CostComponent {
    /// Its name.
    pub name: String,
    /// The unit of the quantity.
    pub unit: String,
    /// The quantity per month; `None` when unknown.
    pub quantity: Option<Span<Quantity>>,
    /// The origin of the quantity.
    pub origin: QuantityOrigin,
    /// Whether it is billed by usage.
    pub usage_based: bool,
    /// The key of the price.
    pub sku: String,
    /// The price of one unit; `None` when unknown.
    pub price: Option<Price>,
    /// The monthly cost; `None` when unpriced.
    pub monthly: Option<Span<Amount>>,
    /// Why it is unpriced.
    pub unpriced_reason: Option<String>,
}

/// A quantity that may be unknown.
pub trait Count {
    /// Converts to a span.
    fn span(self) -> Estimated<Span<Quantity>>;
}

impl Count for i64 {
    fn span(self) -> Estimated<Span<Quantity>> {
        Ok(Span::exactly(whole(self)))
    }
}

impl Count for Quantity {
    fn span(self) -> Estimated<Span<Quantity>> {
        Ok(Span::exactly(self))
    }
}

impl Count for Span<Quantity> {
    fn span(self) -> Estimated<Span<Quantity>> {
        Ok(self)
    }
}

impl<C: Count> Count for Estimated<C> {
    fn span(self) -> Estimated<Span<Quantity>> {
        self?.span()
    }
}

/// Collects the components of a resource.
pub struct Bill<'b> {
    book: &'b PriceBook,
    usage: &'b Usage,
    address: &'b str,
    kind: &'b str,
    region: Option<String>,
    pub(crate) components: Vec<CostComponent>,
    /// The number of resources that each component is for: the instances of a group.
    times: Span<Quantity>,
    /// The prefix of component names.
    prefix: String,
    /// The usage figures that the estimator looked for, with their defaults.
    pub(crate) asked: RefCell<BTreeMap<String, Option<i64>>>,
}

impl<'b> Bill<'b> {
    pub(crate) fn new(
        book: &'b PriceBook,
        usage: &'b Usage,
        address: &'b str,
        kind: &'b str,
        region: Option<String>,
    ) -> Self {
        let times = Span::exactly(whole(1));
        let asked = RefCell::default();
        Self { book, usage, address, kind, region, components: Vec::new(), times, prefix: String::new(), asked }
    }

    /// Returns the region of the resource, if known.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Uses the prices of a service that costs the same in every region.
    pub fn priced_globally(&mut self) {
        self.region = Some(crate::global_region(self.kind).to_owned());
    }

    /// Adds components that a resource has several times.
    pub fn repeat(
        &mut self,
        prefix: &str,
        times: Span<Quantity>,
        fill: impl FnOnce(&mut Self) -> Estimated<()>,
    ) -> Estimated<()> {
        let inner = format!("{}{prefix}", self.prefix);
        let outer = (self.times, std::mem::replace(&mut self.prefix, inner));
        self.times = times;
        let done = fill(self);
        (self.times, self.prefix) = outer;
        done
    }

    /// Adds a component that is paid whether it is used or not.
    pub fn fixed(&mut self, name: &str, unit: &str, sku: &str, quantity: impl Count) {
        let price = self.book.price(sku, unit, self.region.as_deref());
        self.add(name, unit, sku, price, quantity.span(), QuantityOrigin::Plan, false);
    }

    /// Adds a component that runs every hour of the month.
    pub fn hourly(&mut self, name: &str, sku: &str, count: impl Count) {
        self.fixed(name, "hours", sku, hours(count.span()));
    }

    /// Adds an hourly component whose price is reduced by a percentage when it runs for the whole month.
    pub fn hourly_less(&mut self, name: &str, sku: &str, count: impl Count, percent: i64, discount: &str) {
        let price = self.book.price(sku, "hours", self.region.as_deref());
        let price = price.and_then(|price| if percent > 0 { price.less(percent, discount) } else { Some(price) });
        self.add(name, "hours", sku, price, hours(count.span()), QuantityOrigin::Plan, false);
    }

    /// Adds an hourly component of a class whose sizes are priced in proportion.
    pub fn hourly_class(&mut self, name: &str, sku: &str, class: &str, count: impl Count) {
        let price = self.book.price_of_class(sku, class, "hours", self.region.as_deref());
        self.add(name, "hours", sku, price, hours(count.span()), QuantityOrigin::Plan, false);
    }

    /// Adds an hourly component with the first of several keys that has a price.
    pub fn hourly_first(&mut self, name: &str, skus: &[String], class: &str, count: impl Count) {
        let region = self.region.as_deref();
        let listed = || skus.iter().find_map(|sku| Some((sku, self.book.price(sku, "hours", region)?)));
        let scaled = || skus.iter().find_map(|sku| Some((sku, self.book.price_of_class(sku, class, "hours", region)?)));
        let found = listed().or_else(scaled);
        let first = skus.first().map_or("", String::as_str);
        let (sku, price) = found.map_or((first, None), |(sku, price)| (sku.as_str(), Some(price)));
        self.add(name, "hours", sku, price, hours(count.span()), QuantityOrigin::Plan, false);
    }

    /// Adds a component whose quantity is not set: between a minimum and a maximum.
    pub fn assumed(&mut self, name: &str, unit: &str, sku: &str, quantity: Span<Quantity>) {
        let price = self.book.price(sku, unit, self.region.as_deref());
        self.add(name, unit, sku, price, Ok(quantity), QuantityOrigin::Default, false);
    }

    /// Adds a usage-based component. `key` is the name in usage files. `default` is the upper bound when the usage is unknown.
    pub fn usage(&mut self, name: &str, unit: &str, sku: &str, key: &str, default: i64) {
        let (quantity, origin) = self.usage_figure(key, default);
        self.usage_quantity(name, unit, sku, Ok(quantity), origin);
    }

    /// Adds a usage-based component with a computed quantity.
    pub fn usage_quantity(
        &mut self,
        name: &str,
        unit: &str,
        sku: &str,
        raw: Estimated<Span<Quantity>>,
        origin: QuantityOrigin,
    ) {
        let price = self.book.price(sku, unit, self.region.as_deref());
        let per = multiplier(unit);
        let quantity = raw.and_then(|span| span.try_map(|q| q.ratio(1, per)).ok_or_else(too_large));
        self.add(name, unit, sku, price, quantity, origin, true);
    }

    /// Returns a usage figure with its origin; the default, from zero on, when it is unknown.
    pub fn usage_figure(&self, key: &str, default: i64) -> (Span<Quantity>, QuantityOrigin) {
        let known = self.known_usage(key);
        if self.usage.records() {
            self.asked.borrow_mut().insert(key.to_owned(), Some(default));
        }
        match known {
            Some((quantity, origin)) => (Span::exactly(quantity), origin),
            None => {
                (Span { low: Quantity::ZERO, likely: whole(default), high: whole(default) }, QuantityOrigin::Default)
            }
        }
    }

    /// Returns a usage figure that is measured or in the usage file.
    pub fn known_usage(&self, key: &str) -> Option<(Quantity, QuantityOrigin)> {
        self.record(key);
        self.usage.figure(self.address, self.kind, key)
    }

    /// Records that the estimator looks for a figure.
    fn record(&self, key: &str) {
        if self.usage.records() {
            self.asked.borrow_mut().entry(key.to_owned()).or_default();
        }
    }

    /// Returns a text of the usage file: an operating system, a term.
    pub fn known_text(&self, key: &str) -> Option<&str> {
        self.record(key);
        self.usage.text(self.address, self.kind, key)
    }

    /// Adds a usage-based component if its figure is measured or in the usage file. Without a figure, the use is none.
    pub fn known(&mut self, name: &str, unit: &str, sku: &str, key: &str) {
        if let Some((quantity, origin)) = self.known_usage(key) {
            self.usage_quantity(name, unit, sku, Ok(Span::exactly(quantity)), origin);
        }
    }

    /// Adds components that are priced in a region.
    pub fn in_region(&mut self, region: &str, fill: impl FnOnce(&mut Self) -> Estimated<()>) -> Estimated<()> {
        let own = self.region.replace(region.to_lowercase().replace(' ', ""));
        let done = fill(self);
        self.region = own;
        done
    }

    /// Adds a component without a price.
    pub fn unpriced(&mut self, name: &str, why: &str) {
        self.add(name, "", "", None, Err(Unpriced(why.to_owned())), QuantityOrigin::Plan, false);
    }

    fn add(
        &mut self,
        name: &str,
        unit: &str,
        sku: &str,
        price: Option<Price>,
        quantity: Estimated<Span<Quantity>>,
        origin: QuantityOrigin,
        usage_based: bool,
    ) {
        let times = self.times;
        let quantity = quantity.and_then(|q| {
            let all = || {
                Some(Span {
                    low: product(q.low, times.low)?,
                    likely: product(q.likely, times.likely)?,
                    high: product(q.high, times.high)?,
                })
            };
            all().ok_or_else(too_large)
        });
        let no_price = || {
            Unpriced(match self.region.as_deref() {
                _ if sku.is_empty() => String::new(),
                Some(region) => format!("no price is known for {region}"),
                None => "no price is known".to_owned(),
            })
        };
        let monthly = match (&price, &quantity) {
            (_, Err(why)) => Err(why.clone()),
            (None, Ok(_)) => Err(no_price()),
            (Some(price), Ok(q)) => {
                let all = || {
                    Some(Span {
                        low: price.of(q.low, |s| s.low)?,
                        likely: price.of(q.likely, |s| s.likely)?,
                        high: price.of(q.high, |s| s.high)?,
                    })
                };
                all().ok_or_else(too_large)
            }
        };
        self.components.push(CostComponent {
            name: format!("{}{name}", self.prefix),
            unit: unit.to_owned(),
            quantity: quantity.ok(),
            origin,
            usage_based,
            sku: sku.to_owned(),
            price,
            unpriced_reason: monthly.as_ref().err().map(|Unpriced(why)| why.clone()),
            monthly: monthly.ok(),
        });
    }
}

fn hours(count: Estimated<Span<Quantity>>) -> Estimated<Span<Quantity>> {
    count?.try_map(|n| n.ratio(HOURS, 1)).ok_or_else(too_large)
}

fn too_large() -> Unpriced {
    Unpriced("is out of range".to_owned())
}

/// Returns the multiplier of a unit: a million for `1M requests`.
fn multiplier(unit: &str) -> i64 {
    let Some((number, _)) = unit.split_once(' ') else { return 1 };
    let digits = number.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let times = match &number[digits.len()..] {
        "" => 1,
        "k" | "K" => 1_000,
        "M" => 1_000_000,
        "B" => 1_000_000_000,
        _ => return 1,
    };
    digits.parse::<i64>().map_or(1, |n| n * times)
}

#[cfg(test)]
mod tests {
    #[test]
    fn units_count() {
        for (unit, n) in [("GB", 1), ("1M requests", 1_000_000), ("10k operations", 10_000), ("100 GB (per day)", 100)]
        {
            assert_eq!(super::multiplier(unit), n, "{unit}");
        }
    }
}
