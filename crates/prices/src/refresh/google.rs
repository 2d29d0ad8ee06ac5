//! The Google Cloud Billing Catalog: SKUs of a service, page by page.
//!
//! Source: Google Cloud documentation, "Cloud Billing API: services.list" and "services.skus.list". Read 2026-11-28.

use std::collections::BTreeMap;

use serde::Deserialize;
use tollgate_model::{Amount, Day, Quantity};

use super::google_rules::{Listed, price_of};
use crate::book::BookWriter;

/// A page of the list of services.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Services {
    #[serde(default)]
    services: Vec<Service>,
    #[serde(default)]
    next_page_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    service_id: String,
    display_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    skus: Vec<Sku>,
    #[serde(default)]
    next_page_token: String,
}

/// A product with its price.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sku {
    pub(super) description: String,
    pub(super) category: Category,
    #[serde(default)]
    service_regions: Vec<String>,
    #[serde(default)]
    pricing_info: Vec<Info>,
}

/// What a product is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Category {
    #[serde(default)]
    pub(super) resource_group: String,
    #[serde(default)]
    pub(super) usage_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    pricing_expression: Expression,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expression {
    usage_unit: String,
    #[serde(default)]
    tiered_rates: Vec<Rate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rate {
    #[serde(default)]
    start_usage_amount: Option<serde_json::Number>,
    unit_price: Money,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Money {
    currency_code: String,
    #[serde(default)]
    units: String,
    #[serde(default)]
    nanos: i64,
}

impl Money {
    fn amount(&self) -> Option<Amount> {
        let whole: i64 = if self.units.is_empty() { 0 } else { self.units.parse().ok()? };
        format!("{whole}.{:09}", self.nanos).parse().ok().filter(|_| self.nanos >= 0 && self.currency_code == "USD")
    }
}

/// Finds the id of a service in a page of the list of services; returns it with the token of the next page.
pub(super) fn service_id(bytes: &[u8], names: &[&str]) -> Result<(Option<String>, Option<String>), String> {
    // An array would be read as the fields in order.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err("it is no JSON object".to_owned());
    }
    let page: Services = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let found = page.services.into_iter().find(|s| names.contains(&&*s.display_name)).map(|s| s.service_id);
    Ok((found, Some(page.next_page_token).filter(|token| !token.is_empty())))
}

/// The tiers of a price: each from a quantity on.
type Steps = Vec<(Quantity, Amount)>;

/// The list of a service while it is read.
pub(super) struct List {
    service: String,
    /// The prices of a key in a unit, by region. Products that differ in what no estimator reads have the same key.
    found: BTreeMap<(String, &'static str), BTreeMap<String, Vec<Steps>>>,
}

impl List {
    pub(super) fn new(service: &str) -> Self {
        Self { service: service.to_owned(), found: BTreeMap::new() }
    }

    /// Reads a page; returns the number of its products and the token of the next page.
    pub(super) fn page(&mut self, bytes: &[u8]) -> Result<(usize, Option<String>), String> {
        let page: Page = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        for sku in &page.skus {
            // The last price is the current one.
            let Some(expression) = sku.pricing_info.last().map(|i| &i.pricing_expression) else { continue };
            for listed in price_of(&self.service, sku, &expression.usage_unit) {
                let Some(steps) = steps(&expression.tiered_rates, &listed) else { continue };
                let regions = self.found.entry((listed.key, listed.unit)).or_default();
                for region in sku.service_regions.iter().flat_map(|region| names_of(region)) {
                    let known = regions.entry(region).or_default();
                    if !known.contains(&steps) {
                        known.push(steps.clone());
                    }
                }
            }
        }
        Ok((page.skus.len(), Some(page.next_page_token).filter(|token| !token.is_empty())))
    }

    /// Adds the prices to a book.
    pub(super) fn finish(self, today: Day, book: &mut BookWriter) {
        let source = book.source(today, &format!("Google Cloud Billing Catalog of {}", self.service));
        for ((key, unit), regions) in self.found {
            for (region, prices) in regions {
                if let Some(text) = written(&prices) {
                    book.price(&key, unit, source, &region, &text);
                }
            }
        }
    }
}

/// Returns the tiers that cost something, in the unit of the book. A tier without a cost is a grant of the billing account.
fn steps(rates: &[Rate], listed: &Listed) -> Option<Steps> {
    let mut out = Vec::new();
    for rate in rates {
        let each = rate.unit_price.amount()?;
        if each == Amount::ZERO {
            continue;
        }
        let from = match &rate.start_usage_amount {
            Some(number) => number.to_string().parse::<Quantity>().ok()?,
            None => Quantity::ZERO,
        };
        out.push((from.ratio(1, listed.times)?, each.ratio(listed.times, 1)?));
    }
    (!out.is_empty()).then_some(out)
}

/// Returns the names of a region in the book. The location of a bucket or data set in Europe is `EU`.
fn names_of(region: &str) -> Vec<String> {
    match region {
        "europe" => vec!["europe".to_owned(), "eu".to_owned()],
        other => vec![other.to_owned()],
    }
}

/// Returns prices as a book writes them: different prices of products with the same key are several. `None` when their tiers differ.
fn written(prices: &[Steps]) -> Option<String> {
    let first = prices.first()?;
    if prices.iter().any(|p| p.len() != first.len() || p.iter().zip(first).any(|(a, b)| a.0 != b.0)) {
        return None;
    }
    let each = |n: usize| {
        let mut amounts: Vec<String> = prices.iter().filter_map(|p| p.get(n)).map(|(_, a)| a.to_string()).collect();
        amounts.dedup();
        amounts.join("|")
    };
    if first.len() == 1 {
        return Some(each(0));
    }
    let tiers = first.iter().enumerate().map(|(n, (from, _))| format!("{from}@{}", each(n)));
    Some(tiers.collect::<Vec<_>>().join(";"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Reads a page of a service as a book.
    pub(crate) fn read(service: &str, bytes: &[u8]) -> String {
        let mut list = List::new(service);
        list.page(bytes).unwrap();
        let mut book = BookWriter::new(crate::usd());
        list.finish("2026-11-22".parse().unwrap(), &mut book);
        book.text()
    }

    fn prices(service: &str, skus: &serde_json::Value) -> Vec<String> {
        let text = read(service, serde_json::json!({ "skus": skus }).to_string().as_bytes());
        text.lines().skip(2).map(|l| l.trim_start_matches("price\t").replace("\t0\t", " ").replace('\t', " ")).collect()
    }

    fn sku(description: &str, group: &str, unit: &str, rates: &[(f64, &str, i64)]) -> serde_json::Value {
        let rates: Vec<_> = rates
            .iter()
            .map(|(from, units, nanos)| {
                serde_json::json!({"startUsageAmount": from, "unitPrice": {"currencyCode": "USD", "units": units, "nanos": nanos}})
            })
            .collect();
        serde_json::json!({
            "description": description,
            "category": {"resourceGroup": group, "usageType": "OnDemand"},
            "serviceRegions": ["us-central1"],
            "pricingInfo": [{"pricingExpression": {"usageUnit": unit, "tieredRates": rates}}],
        })
    }

    #[test]
    fn cores_and_memory_are_read_to_the_nano() {
        let sample = include_bytes!("samples/google-page.json");
        let mut list = List::new("Compute Engine");
        assert_eq!(list.page(sample).unwrap(), (4, Some("token-2".to_owned())));
        let text = read("Compute Engine", sample);
        let lines: Vec<&str> = text.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "price\tgoogle/core/e2/cpu/on-demand\thours\t0\tus-central1=0.02181159\tus-east1=0.02181159",
                "price\tgoogle/core/n1/ram/on-demand\thours\t0\teurope-west3=0.005458",
                "price\tgoogle/core/n2_custom/cpu/preemptible\thours\t0\tus-central1=0.008",
            ]
        );
    }

    #[test]
    fn a_grant_is_no_price_and_tiers_keep_where_they_begin() {
        let skus = serde_json::json!([
            sku("Log Volume", "", "GiBy", &[(0.0, "0", 0), (50.0, "0", 500_000_000)]),
            sku("Download Australia", "", "GiBy", &[(0.0, "0", 190_000_000), (1024.0, "0", 180_000_000)]),
        ]);
        assert_eq!(prices("Cloud Logging", &skus), ["google/logging_project_sink/logging-data GB us-central1=0.5"]);
        assert_eq!(
            prices("Cloud Storage", &skus),
            [
                "google/container_registry/network-egress/data-transfer-to-australia GB us-central1=0@0.19;1024@0.18",
                "google/storage_bucket/network-egress/data-transfer-to-australia GB us-central1=0@0.19;1024@0.18",
            ]
        );
    }

    #[test]
    fn different_prices_of_one_key_are_several_and_different_tiers_are_none() {
        let node = |units: &str, nanos| sku("Server Node Belgium", "", "h", &[(0.0, units, nanos)]);
        let skus = serde_json::json!([node("0", 650_000_000), node("0", 900_000_000), node("0", 650_000_000)]);
        assert_eq!(prices("Cloud Bigtable", &skus), ["google/bigtable/node hours us-central1=0.65|0.9"]);
        let tiered = sku("Server Node", "", "h", &[(0.0, "1", 0), (100.0, "0", 900_000_000)]);
        assert!(prices("Cloud Bigtable", &serde_json::json!([node("1", 0), tiered])).is_empty());
    }

    #[test]
    fn the_prices_of_requests_are_in_the_units_of_the_book() {
        let skus =
            serde_json::json!([sku("Secret access operations", "", "count", &[(0.0, "0", 0), (10_000.0, "0", 3_000)])]);
        assert_eq!(
            prices("Secret Manager", &skus),
            [
                "google/secret_manager_secret/access-operations 10K requests us-central1=0.03",
                "google/secret_manager_secret_version/access-operations 10K requests us-central1=0.03",
            ]
        );
    }

    #[test]
    fn a_service_is_found_by_its_name() {
        let page = br#"{"services": [{"name": "services/CC63", "serviceId": "CC63", "displayName": "Cloud Spanner"}], "nextPageToken": "2"}"#;
        assert_eq!(
            service_id(page, &["Spanner", "Cloud Spanner"]).unwrap(),
            (Some("CC63".to_owned()), Some("2".to_owned()))
        );
        assert_eq!(service_id(page, &["AlloyDB"]).unwrap().0, None);
        assert!(service_id(b"[]", &["AlloyDB"]).is_err());
    }
}
