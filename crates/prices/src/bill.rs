//! What a resource costs a month: components, each a name, a unit, a quantity and a price or why there is none.

use serde::Serialize;
use tollgate_model::{Amount, Quantity};

use crate::number::{Span, product, whole};
use crate::price_book::{Price, PriceBook};
use crate::resource::{Told, Untold};
use crate::usage::{Origin, Usage};

/// Hours of a month: 365 days, 24 hours, 12 months, as the providers' own calculators count.
pub const HOURS: i64 = 730;

/// A part of what a resource costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Component {
    /// What it is.
    pub name: String,
    /// What is counted.
    pub unit: String,
    /// How many of it a month; `None` when that cannot be told.
    pub quantity: Option<Span<Quantity>>,
    /// Where the quantity is from.
    pub origin: Origin,
    /// Whether it is billed by use.
    pub usage_based: bool,
    /// The key of the price.
    pub sku: String,
    /// What one costs; `None` when nobody says.
    pub price: Option<Price>,
    /// What it costs a month; `None` when it cannot be told.
    pub monthly: Option<Span<Amount>>,
    /// Why it cannot be told.
    pub untold: Option<String>,
}

/// How many, which may not be known.
pub trait Count {
    /// As a span.
    fn span(self) -> Told<Span<Quantity>>;
}

impl Count for i64 {
    fn span(self) -> Told<Span<Quantity>> {
        Ok(Span::exactly(whole(self)))
    }
}

impl Count for Quantity {
    fn span(self) -> Told<Span<Quantity>> {
        Ok(Span::exactly(self))
    }
}

impl Count for Span<Quantity> {
    fn span(self) -> Told<Span<Quantity>> {
        Ok(self)
    }
}

impl<C: Count> Count for Told<C> {
    fn span(self) -> Told<Span<Quantity>> {
        self?.span()
    }
}

/// The components of a resource while it is estimated.
pub struct Bill<'b> {
    book: &'b PriceBook,
    usage: &'b Usage,
    address: &'b str,
    kind: &'b str,
    region: Option<String>,
    pub(crate) components: Vec<Component>,
    /// How many of the resource each component is for: the instances of a group.
    times: Span<Quantity>,
    /// What stands before the name of each component.
    prefix: String,
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
        Self { book, usage, address, kind, region, components: Vec::new(), times, prefix: String::new() }
    }

    /// The region of the resource, where it is known.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Prices of a service that is the same everywhere.
    pub fn everywhere(&mut self) {
        self.region = Some(crate::home(self.kind).to_owned());
    }

    /// Components that a resource has several times.
    pub fn each(&mut self, prefix: &str, times: Span<Quantity>, fill: impl FnOnce(&mut Self) -> Told<()>) -> Told<()> {
        let inner = format!("{}{prefix}", self.prefix);
        let outer = (self.times, std::mem::replace(&mut self.prefix, inner));
        self.times = times;
        let done = fill(self);
        (self.times, self.prefix) = outer;
        done
    }

    /// What is there whether it is used or not.
    pub fn fixed(&mut self, name: &str, unit: &str, sku: &str, quantity: impl Count) {
        let price = self.book.price(sku, unit, self.region.as_deref());
        self.add(name, unit, sku, price, quantity.span(), Origin::Plan, false);
    }

    /// What runs every hour of the month.
    pub fn hourly(&mut self, name: &str, sku: &str, count: impl Count) {
        self.fixed(name, "hours", sku, hours(count.span()));
    }

    /// What runs every hour, of a class whose sizes are priced in proportion.
    pub fn hourly_class(&mut self, name: &str, sku: &str, class: &str, count: impl Count) {
        let price = self.book.price_of_class(sku, class, "hours", self.region.as_deref());
        self.add(name, "hours", sku, price, hours(count.span()), Origin::Plan, false);
    }

    /// The same by the first of several keys that has a price.
    pub fn hourly_first(&mut self, name: &str, skus: &[String], class: &str, count: impl Count) {
        let region = self.region.as_deref();
        let listed = || skus.iter().find_map(|sku| Some((sku, self.book.price(sku, "hours", region)?)));
        let scaled = || skus.iter().find_map(|sku| Some((sku, self.book.price_of_class(sku, class, "hours", region)?)));
        let found = listed().or_else(scaled);
        let first = skus.first().map_or("", String::as_str);
        let (sku, price) = found.map_or((first, None), |(sku, price)| (sku.as_str(), Some(price)));
        self.add(name, "hours", sku, price, hours(count.span()), Origin::Plan, false);
    }

    /// What is there although nobody wrote how much: between a least and a most.
    pub fn assumed(&mut self, name: &str, unit: &str, sku: &str, quantity: Span<Quantity>) {
        let price = self.book.price(sku, unit, self.region.as_deref());
        self.add(name, unit, sku, price, Ok(quantity), Origin::Default, false);
    }

    /// What is billed by use. `key` is the figure of a usage file, `usual` what is assumed where nobody says: between nothing
    /// and that.
    pub fn used(&mut self, name: &str, unit: &str, sku: &str, key: &str, usual: i64) {
        let (quantity, origin) = self.figure(key, usual);
        self.used_so(name, unit, sku, Ok(quantity), origin);
    }

    /// What is billed by use, of a quantity that was reckoned from figures.
    pub fn used_so(&mut self, name: &str, unit: &str, sku: &str, raw: Told<Span<Quantity>>, origin: Origin) {
        let price = self.book.price(sku, unit, self.region.as_deref());
        let per = multiplier(unit);
        let quantity = raw.and_then(|span| span.try_map(|q| q.ratio(1, per)).ok_or_else(too_large));
        self.add(name, unit, sku, price, quantity, origin, true);
    }

    /// A figure of use with where it is from.
    pub fn figure(&self, key: &str, usual: i64) -> (Span<Quantity>, Origin) {
        match self.usage.figure(self.address, self.kind, key) {
            Some((quantity, origin)) => (Span::exactly(quantity), origin),
            None => (Span { low: Quantity::ZERO, likely: whole(usual), high: whole(usual) }, Origin::Default),
        }
    }

    /// A figure of use where somebody says it.
    pub fn said(&self, key: &str) -> Option<(Quantity, Origin)> {
        self.usage.figure(self.address, self.kind, key)
    }

    /// A part that costs something, and how much cannot be told.
    pub fn untold(&mut self, name: &str, why: &str) {
        self.add(name, "", "", None, Err(Untold(why.to_owned())), Origin::Plan, false);
    }

    #[allow(clippy::too_many_arguments)] // the fields of a component
    fn add(
        &mut self,
        name: &str,
        unit: &str,
        sku: &str,
        price: Option<Price>,
        quantity: Told<Span<Quantity>>,
        origin: Origin,
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
            Untold(match self.region.as_deref() {
                _ if sku.is_empty() => String::new(),
                Some(region) => format!("no price of it is known for {region}"),
                None => "no price of it is known".to_owned(),
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
        self.components.push(Component {
            name: format!("{}{name}", self.prefix),
            unit: unit.to_owned(),
            quantity: quantity.ok(),
            origin,
            usage_based,
            sku: sku.to_owned(),
            price,
            untold: monthly.as_ref().err().map(|Untold(why)| why.clone()),
            monthly: monthly.ok(),
        });
    }
}

fn hours(count: Told<Span<Quantity>>) -> Told<Span<Quantity>> {
    count?.try_map(|n| n.ratio(HOURS, 1)).ok_or_else(too_large)
}

fn too_large() -> Untold {
    Untold("is larger than can be kept exactly".to_owned())
}

/// How many one of a unit is: `1M requests` are a million.
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
