//! `prices { … }`: what things cost in a pull request: how old a price may be, and what is paid instead of the list.

use serde::Serialize;
use tollgate_model::{Amount, Currency, Day, Discount, OwnPrice};

use crate::block::Block;
use crate::document::Document;

/// Settings of prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Prices {
    /// Days after which a price is told to be old.
    pub stale_days: u64,
    /// A refreshed price book, beside the file.
    pub book: Option<String>,
    /// How much resources are used, beside the file: infracost's `usage.yml`.
    pub usage: Option<String>,
    /// The region of resources of which it isn't known.
    pub region: Option<String>,
    /// Shares that are taken off.
    pub discounts: Vec<Discount>,
    /// Prices of one's own.
    pub own: Vec<OwnPrice>,
}

impl Default for Prices {
    fn default() -> Self {
        Self { stale_days: 400, book: None, usage: None, region: None, discounts: Vec::new(), own: Vec::new() }
    }
}

impl Prices {
    /// `currency` is what own prices are in that don't say.
    pub(crate) fn read(block: &mut Block<'_>, currency: Option<Currency>, document: &mut Document<'_>) -> Self {
        let usual = Self::default();
        let (book, usage) = (block.path("book", document), block.path("usage", document));
        let region = block.text("region", document).map(|(text, _)| text.to_owned());
        let mut out = Self {
            stale_days: block.whole("stale_days", 1..=3650, document).unwrap_or(usual.stale_days),
            book,
            usage,
            region,
            ..usual
        };
        for (name, mut block) in block.named_children("discount", document) {
            out.discounts.extend(discount(name, &mut block, document));
            block.finish(document);
        }
        for (name, mut block) in block.named_children("own", document) {
            out.own.extend(own(name, &mut block, currency, document));
            block.finish(document);
        }
        out
    }
}

fn list(block: &mut Block<'_>, name: &'static str, document: &mut Document<'_>) -> Vec<String> {
    block.texts(name, document).into_iter().map(|(text, _)| text).collect()
}

fn discount(name: String, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<Discount> {
    block.missing("percent", "percent = 12.5", document);
    block.missing("skus", "skus = [\"aws/*\"]", document);
    let covers = block.whole("covers", 0..=100, document).unwrap_or(100);
    let (skus, except) = (list(block, "skus", document), list(block, "except", document));
    let percent = block.amount("percent", document)?;
    let step = 10i128.pow(Amount::PLACES - 2);
    let points = u32::try_from(percent.units() / step).ok().filter(|p| *p < 10_000 && percent.units() % step == 0);
    let Some(basis_points) = points else {
        let at = block.place("percent").unwrap_or(block.at.clone());
        let hint = Some("write percent = 12.5".to_owned());
        let message = format!("`percent` of {} must be below 100, with at most two decimal places", block.title);
        document.report(at, message, hint);
        return None;
    };
    Some(Discount { name, basis_points, covers: u32::try_from(covers).unwrap_or(100), skus, except })
}

fn own(name: String, block: &mut Block<'_>, usual: Option<Currency>, document: &mut Document<'_>) -> Option<OwnPrice> {
    for (field, example) in [
        ("sku", "sku = \"aws/vm/linux/m5.large\""),
        ("unit", "unit = \"hours\""),
        ("price", "price = 0.0723"),
        ("since", "since = \"2026-01-01\""),
    ] {
        block.missing(field, example, document);
    }
    let each = block.amount("price", document);
    let mut text = |field, document: &mut Document<'_>| block.text(field, document).map(|(text, _)| text.to_owned());
    let (sku, unit, region) = (text("sku", document), text("unit", document), text("region", document));
    let currency = block.currency("currency", document).or(usual);
    if currency.is_none() {
        let hint = Some("add currency = \"USD\", or set it once under defaults".to_owned());
        document.report(block.at.clone(), format!("{} has no currency", block.title), hint);
    }
    let since: Option<Day> = block.day("since", document);
    if each.is_some_and(Amount::is_zero) {
        let at = block.place("price").unwrap_or(block.at.clone());
        let hint = Some("a thing that costs nothing needs no price".to_owned());
        document.report(at, format!("`price` of {} must be above zero", block.title), hint);
        return None;
    }
    Some(OwnPrice { name, sku: sku?, region, unit: unit?, each: each?, currency: currency?, since: since? })
}
