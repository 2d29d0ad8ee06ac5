//! `prices { … }`: prices of cost estimates: how old they may be, discounts, and negotiated prices.

use serde::Serialize;
use tollgate_model::{Amount, Currency, Day, Discount, OwnPrice};

use crate::block::Block;
use crate::document::Document;

/// Settings of prices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PriceSettings {
    /// Days after which a price is a finding. Without it, the age of prices is a note of `policy-gate cost` only.
    pub stale_days: Option<u64>,
    /// A refreshed price book, relative to the policy file.
    pub book: Option<String>,
    /// A usage file of infracost, relative to the policy file: `usage.yml`.
    pub usage: Option<String>,
    /// The region of resources whose region is unknown.
    pub region: Option<String>,
    /// Discounts.
    pub discounts: Vec<Discount>,
    /// Negotiated prices.
    pub own: Vec<OwnPrice>,
}

impl PriceSettings {
    /// `currency` is the default of negotiated prices.
    pub(crate) fn read(block: &mut Block<'_>, currency: Option<Currency>, document: &mut Document<'_>) -> Self {
        let mut out = Self {
            stale_days: block.whole("stale_days", 1..=3650, document),
            book: block.path("book", document),
            usage: block.path("usage", document),
            region: block.text("region", document).map(|(text, _)| text.to_owned()),
            ..Self::default()
        };
        for (name, mut block) in block.named_children("discount", document) {
            out.discounts.extend(read_discount(name, &mut block, document));
            block.finish(document);
        }
        for (name, mut block) in block.named_children("own", document) {
            out.own.extend(read_own_price(name, &mut block, currency, document));
            block.finish(document);
        }
        out
    }
}

fn read_discount(name: String, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<Discount> {
    block.missing("percent", "percent = 12.5", document);
    block.missing("skus", "skus = [\"aws/*\"]", document);
    let covers = block.whole_or("covers", 0..=100, 100_u32, document);
    let (skus, except) = (block.list("skus", document), block.list("except", document));
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
    Some(Discount { name, basis_points, covers, skus, except })
}

fn read_own_price(
    name: String,
    block: &mut Block<'_>,
    default_currency: Option<Currency>,
    document: &mut Document<'_>,
) -> Option<OwnPrice> {
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
    let currency = block.currency("currency", document).or(default_currency);
    if let Some(currency) = currency {
        block.set_default("currency", format!("\"{currency}\""));
    } else {
        let hint = Some("add currency = \"USD\", or set it once under defaults".to_owned());
        document.report(block.at.clone(), format!("{} has no currency", block.title), hint);
    }
    let since: Option<Day> = block.day("since", document);
    if each.is_some_and(Amount::is_zero) {
        let at = block.place("price").unwrap_or(block.at.clone());
        let hint = Some("something free needs no price".to_owned());
        document.report(at, format!("`price` of {} must be above zero", block.title), hint);
        return None;
    }
    Some(OwnPrice { name, sku: sku?, region, unit: unit?, each: each?, currency: currency?, since: since? })
}
