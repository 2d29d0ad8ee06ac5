//! The unit price of a key in a region: as listed, or with bounds when only other regions are listed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde::Serialize;
use tollgate_model::{Amount, Currency, Day, Quantity};

use crate::book::{Book, BookError, PriceSource, PriceTier};
use crate::number::Span;
use crate::overlay::PriceAdjustments;

/// How a price was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "of")]
pub enum PriceBasis {
    /// The book lists it for the region.
    Listed,
    /// The source has several prices under the same name; the bounds are the lowest and the highest.
    Several,
    /// The book lists it for a different region; the bounds are from the ratios of machine prices in both regions.
    Elsewhere(String),
    /// The region is unknown; the bounds are those of all regions.
    AnyRegion,
    /// The book lists a different size of the same family.
    Scaled(String),
    /// A negotiated price of the policy file.
    Own(String),
}

/// A unit price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Price {
    /// Its tiers; the first begins at zero.
    #[serde(skip)]
    pub steps: Vec<PriceTier>,
    /// How it was found.
    pub how: PriceBasis,
    /// The region, if known.
    pub region: Option<String>,
    /// Its source.
    pub source: String,
    /// Its date.
    pub date: Day,
    /// The discounts that apply, by name.
    pub discounts: Vec<String>,
}

impl Price {
    /// Returns the price of the first unit.
    pub fn each(&self) -> Span<Amount> {
        self.steps.first().map(|s| s.each).unwrap_or_default()
    }

    /// Returns the cost of a quantity, tier by tier; `None` when it is out of range.
    pub fn of(&self, quantity: Quantity, bound: impl Fn(&Span<Amount>) -> Amount) -> Option<Amount> {
        let mut sum = Amount::ZERO;
        for (n, step) in self.steps.iter().enumerate() {
            let end = self.steps.get(n + 1).map_or(quantity, |next| quantity.min(next.from));
            if end <= step.from {
                break;
            }
            let part = end.checked_sub(step.from)?;
            sum = sum.checked_add(crate::number::times(bound(&step.each), part)?)?;
        }
        Some(sum)
    }

    /// Returns the price less a percentage, under the name of a discount; `None` when it is out of range.
    pub(crate) fn less(self, percent: i64, discount: &str) -> Option<Self> {
        let mut less = self.scaled(|each| each.try_map(|a| a.ratio(100 - percent, 100)))?;
        less.discounts.push(discount.to_owned());
        Some(less)
    }

    /// Applies a function to every tier; `None` when one is out of range.
    fn scaled(mut self, factor: impl Fn(Span<Amount>) -> Option<Span<Amount>>) -> Option<Self> {
        for step in &mut self.steps {
            step.each = factor(step.each)?;
        }
        Some(self)
    }
}

/// Returns the reference region of a provider.
fn reference(provider: &str) -> &'static str {
    match provider {
        "aws" => "us-east-1",
        "azure" => "eastus",
        _ => "us-central1",
    }
}

/// The ratio of prices between two regions, in millionths.
type Factor = Span<i64>;

/// Price books, with the discounts and negotiated prices of the policy file.
#[derive(Debug)]
pub struct PriceBook {
    books: Vec<Book>,
    overlay: PriceAdjustments,
    /// A cache: a plan uses few prices, many times.
    known: RefCell<BTreeMap<(String, String, Option<String>), Option<Price>>>,
    factors: RefCell<BTreeMap<(String, String, String), Rc<Option<Factor>>>>,
}

/// The embedded book.
const EMBEDDED: &[u8] = include_bytes!("../data/book.tsv.gz");

impl PriceBook {
    /// Returns the embedded book with discounts and negotiated prices.
    ///
    /// # Errors
    ///
    /// When the embedded book is invalid.
    pub fn embedded(overlay: PriceAdjustments) -> Result<Self, BookError> {
        Ok(Self::new(vec![Book::unpack(EMBEDDED)?], overlay))
    }

    /// Creates a price book from books.
    pub fn new(books: Vec<Book>, overlay: PriceAdjustments) -> Self {
        Self { books, overlay, known: RefCell::default(), factors: RefCell::default() }
    }

    /// Adds a book: of two prices of a key in a region, the newer one is used.
    pub fn add(&mut self, book: Book) {
        self.known.get_mut().clear();
        self.factors.get_mut().clear();
        self.books.push(book);
    }

    /// Returns the currency of its prices.
    pub fn currency(&self) -> Currency {
        self.books.first().map_or_else(crate::usd, Book::currency)
    }

    /// Returns the sources of its books.
    pub fn sources(&self) -> impl Iterator<Item = &PriceSource> {
        self.books.iter().flat_map(Book::sources)
    }

    /// Returns the number of price lines.
    pub fn len(&self) -> usize {
        self.books.iter().map(Book::len).sum()
    }

    /// Returns whether there are no prices.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the keys with a prefix.
    pub fn keys<'b>(&'b self, prefix: &'b str) -> impl Iterator<Item = &'b str> {
        self.books.iter().flat_map(move |book| book.keys(prefix))
    }

    /// Returns the units in which a key has a price, each once.
    pub fn units<'b>(&'b self, key: &str) -> Vec<&'b str> {
        let mut out: Vec<&str> = self.books.iter().flat_map(|book| book.units(key)).collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Returns the price of a key in a unit and region, after discounts. `None` when it is unknown: an unknown price is never zero.
    pub fn price(&self, key: &str, unit: &str, region: Option<&str>) -> Option<Price> {
        let asked = (key.to_owned(), unit.to_owned(), region.map(str::to_owned));
        if let Some(known) = self.known.borrow().get(&asked) {
            return known.clone();
        }
        let found = self.looked_up(key, unit, region);
        self.known.borrow_mut().insert(asked, found.clone());
        found
    }

    fn looked_up(&self, key: &str, unit: &str, region: Option<&str>) -> Option<Price> {
        let currency = self.currency();
        if let Some(own) = self.overlay.own(key, unit, region, currency) {
            return Some(own);
        }
        self.overlay.discount(self.listed(key, unit, region)?, key)
    }

    /// Returns the price as [`PriceBook::price`] does, or scales the price of a different size: providers price the sizes of a
    /// family in proportion. `class` is the part of the key with the size: `db.m5.large`.
    pub fn price_of_class(&self, key: &str, class: &str, unit: &str, region: Option<&str>) -> Option<Price> {
        let there = self.price(key, unit, region);
        if there.is_some() {
            return there;
        }
        let (prefix, family, size) = class_of(key, class)?;
        // The nearest size is the best estimate; of two equally near ones the first in order.
        let others = self.keys(prefix).filter_map(|other| {
            let of = other.strip_prefix(prefix)?.strip_prefix(family)?.strip_prefix('.')?;
            Some((size_units(of.split('.').next()?)?, other))
        });
        let (units, other) = others.min_by_key(|(units, other)| (units.abs_diff(size), *other))?;
        let price = self.price(other, unit, region)?;
        let (to, from) = (i64::try_from(size).ok()?, i64::try_from(units).ok()?);
        let scaled = price.scaled(|each| {
            let each = each.try_map(|a| a.ratio(to, from))?;
            // Prices are rounded to a tenth of a cent, which is half a percent of the small sizes.
            Some(Span { low: each.low.ratio(99, 100)?, likely: each.likely, high: each.high.ratio(101, 100)? })
        })?;
        Some(Price { how: PriceBasis::Scaled(other.rsplit('/').next().unwrap_or(other).to_owned()), ..scaled })
    }

    fn listed(&self, key: &str, unit: &str, region: Option<&str>) -> Option<Price> {
        let provider = key.split('/').next().unwrap_or_default();
        let mut all: Vec<_> = self.books.iter().flat_map(|book| book.find(key, unit)).collect();
        // The newest first; of equally new ones, that of the later book.
        all.reverse();
        all.sort_by_key(|l| std::cmp::Reverse(l.source.date));
        let said = |l: &crate::book::ListedPrice<'_>, how: PriceBasis| Price {
            steps: l.steps.clone(),
            how: if l.several && how == PriceBasis::Listed { PriceBasis::Several } else { how },
            region: region.map(str::to_owned),
            source: l.source.name.clone(),
            date: l.source.date,
            discounts: Vec::new(),
        };
        if let Some(region) = region
            && let Some(here) = all.iter().find(|l| l.region == region || l.region == "global")
        {
            return Some(said(here, PriceBasis::Listed));
        }
        let home = reference(provider);
        // Local zones (`us-west-2-lax-1`) cost more than any region.
        let whole = |l: &&crate::book::ListedPrice<'_>| l.region.split('-').count() <= 4;
        let nearest = || self.nearest(provider, &all, region);
        let base = all.iter().find(|l| l.region == home).or_else(nearest).or(all.iter().find(whole)).or(all.first())?;
        if base.region == "global" {
            return Some(said(base, PriceBasis::Listed));
        }
        let (how, factor) = match region {
            Some(region) => (PriceBasis::Elsewhere(base.region.to_owned()), self.factor(provider, base.region, region)),
            None => (PriceBasis::AnyRegion, self.factor(provider, base.region, "")),
        };
        let factor = (*factor).or(*self.factor(provider, base.region, ""))?;
        let machines = key.starts_with("azure/vm/") || key.starts_with("azure/machine_learning");
        let factor = if provider == "azure" && !machines { milder(factor) } else { factor };
        said(base, how).scaled(|each| {
            let million = 1_000_000;
            // The price of another region is never exact, even where all machines cost the same in both.
            Some(Span {
                low: each.low.ratio(factor.low.min(factor.likely / 100 * 99), million)?,
                likely: each.likely.ratio(factor.likely, million)?,
                high: each.high.ratio(factor.high.max(factor.likely / 100 * 101), million)?,
            })
        })
    }

    /// Returns the listed price of the region whose machine prices are closest in proportion to those of a region.
    fn nearest<'l>(
        &self,
        provider: &str,
        all: &'l [crate::book::ListedPrice<'_>],
        region: Option<&str>,
    ) -> Option<&'l crate::book::ListedPrice<'l>> {
        let region = region?;
        // A few are enough: each comparison reads the prices of all machines.
        let compared = all.iter().filter(|l| l.region.split('-').count() <= 4).take(4);
        let width = |l: &&crate::book::ListedPrice<'_>| {
            (*self.factor(provider, l.region, region)).map_or(i64::MAX, |factor| factor.high - factor.low)
        };
        compared.min_by_key(width)
    }

    /// Returns the ratio of machine prices between two regions: the 5th, 50th and 95th percentile. An empty region means all
    /// regions. `None` when the book has too few prices.
    fn factor(&self, provider: &str, from: &str, to: &str) -> Rc<Option<Factor>> {
        let at = (provider.to_owned(), from.to_owned(), to.to_owned());
        if let Some(known) = self.factors.borrow().get(&at) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.measure(provider, from, to));
        self.factors.borrow_mut().insert(at, Rc::clone(&found));
        found
    }

    fn measure(&self, provider: &str, from: &str, to: &str) -> Option<Factor> {
        let prefix = if provider == "google" { "google/core/".to_owned() } else { format!("{provider}/vm/linux/") };
        let mut ratios = Vec::new();
        for book in self.books.iter().filter(|_| !to.is_empty()) {
            let pairs = book.pairs(&prefix, "hours", from, to).into_iter();
            ratios.extend(pairs.filter_map(|(a, b)| i64::try_from(b.units() * 1_000_000 / a.units()).ok()));
        }
        for book in self.books.iter().filter(|_| to.is_empty()) {
            for key in book.keys(&prefix) {
                let prices: Vec<_> = book.find(key, "hours").filter(|l| !l.several).collect();
                let Some(base) = prices.iter().find(|l| l.region == from) else { continue };
                for other in &prices {
                    let (a, b) = (other.steps.first()?.each.likely, base.steps.first()?.each.likely);
                    ratios.extend(i64::try_from(a.units() * 1_000_000 / b.units()).ok());
                }
            }
        }
        ratios.sort_unstable();
        let at = |percent: usize| ratios.get((ratios.len() - 1) * percent / 100).copied();
        // Fewer than eight machines are too few for an estimate.
        if ratios.len() < 8 {
            return None;
        }
        Some(Span { low: at(5)?, likely: at(50)?, high: at(95)? })
    }
}

/// Returns the ratio of what is not a machine: Azure's other services differ less between regions than its machines do. Managed disks
/// cost the same in eastus and westeurope, SQL Database and App Service a tenth more, machines a fifth (prices observed 2026-08-21).
fn milder(machines: Factor) -> Factor {
    let one = 1_000_000;
    let likely = i64::midpoint(one, machines.likely);
    Span { low: machines.low.min(one), likely, high: machines.high.max(likely) }
}

/// Splits a key at its class: the part before it, the family of the class, and its size.
fn class_of<'k>(key: &'k str, class: &'k str) -> Option<(&'k str, &'k str, u64)> {
    let prefix = key.split_once(class)?.0;
    // db.m5.large, m5.large.search, cache.r6g.xlarge: the size is the last part that names one.
    let parts: Vec<&str> = class.split('.').collect();
    let at = parts.iter().rposition(|part| size_units(part).is_some())?;
    let before = parts.iter().take(at).map(|part| part.len() + 1).sum::<usize>();
    Some((prefix, class.get(..before.checked_sub(1)?)?, size_units(parts.get(at)?)?))
}

/// Returns a size in units of the smallest: the normalization factors of AWS (EC2 User Guide, 2026-08), times four.
fn size_units(size: &str) -> Option<u64> {
    Some(match size {
        "nano" => 1,
        "micro" => 2,
        "small" => 4,
        "medium" => 8,
        "large" => 16,
        "xlarge" => 32,
        _ => 32 * size.strip_suffix("xlarge")?.parse::<u64>().ok().filter(|n| (2..=112).contains(n))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> PriceBook {
        PriceBook::embedded(PriceAdjustments::default()).unwrap()
    }

    #[test]
    fn a_listed_region_has_its_own_price() {
        let price = book().price("aws/vm/linux/m5.large", "hours", Some("eu-west-1")).unwrap();
        assert_eq!((price.how.clone(), price.each().likely.to_string()), (PriceBasis::Listed, "0.107".to_owned()));
        assert_eq!(price.date.to_string(), "2025-03-02");
    }

    #[test]
    fn an_unlisted_region_has_bounds() {
        let key = "aws/ebs_volume/storage-general-purpose-ssd-gp3";
        let here = book().price(key, "GB", Some("us-east-1")).unwrap();
        assert_eq!(here.how, PriceBasis::Listed);
        let there = book().price(key, "GB", Some("sa-east-1")).unwrap();
        assert_eq!(there.how, PriceBasis::Elsewhere("us-east-1".to_owned()));
        let each = there.each();
        assert!(each.low < each.high && each.likely > here.each().likely, "{each:?}");
        let anywhere = book().price(key, "GB", None).unwrap().each();
        assert!(anywhere.low <= here.each().likely && anywhere.high > here.each().likely);
    }

    #[test]
    fn an_unlisted_price_is_unknown() {
        assert_eq!(book().price("aws/vm/linux/m99.large", "hours", Some("us-east-1")), None);
        assert_eq!(book().price("aws/vm/linux/m5.large", "GB", Some("us-east-1")), None);
    }

    #[test]
    fn steps_are_paid_one_after_the_other() {
        let step = |from: &str, each: &str| PriceTier {
            from: from.parse().unwrap(),
            each: Span::exactly(each.parse().unwrap()),
        };
        let price = Price {
            steps: vec![step("0", "3"), step("10", "2"), step("20", "1")],
            how: PriceBasis::Listed,
            region: None,
            source: String::new(),
            date: "2026-01-01".parse().unwrap(),
            discounts: Vec::new(),
        };
        let cost = |n: i64| price.of(crate::number::whole(n), |s| s.likely).unwrap().to_string();
        assert_eq!([cost(0), cost(10), cost(15), cost(25)], ["0", "30", "40", "55"]);
    }

    #[test]
    fn a_different_size_of_the_family_gives_bounds() {
        let class = "cache.m6g.xlarge";
        let key = format!("aws/elasticache/on-demand/{class}");
        let price = book().price_of_class(&key, class, "hours", Some("us-east-1")).unwrap();
        assert_eq!(price.how, PriceBasis::Scaled("cache.m6g.12xlarge".to_owned()));
        // 3.557 per hour for twelve times the size.
        assert_eq!(price.each().likely.round(4).to_string(), "0.2964");
    }
}
