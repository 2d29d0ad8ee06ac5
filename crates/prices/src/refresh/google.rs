//! The Google Cloud Billing Catalog: cores and memory of Compute Engine by family, term and region.
//!
//! Source: Google Cloud documentation, "Cloud Billing API: services.skus.list". Read 2026-11-22.

use serde::Deserialize;
use tollgate_model::{Amount, Day};

use crate::book::BookWriter;

/// The id of Compute Engine.
pub(super) const COMPUTE: &str = "6F81-5844-456A";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    skus: Vec<Sku>,
    #[serde(default)]
    next_page_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sku {
    description: String,
    category: Category,
    #[serde(default)]
    service_regions: Vec<String>,
    #[serde(default)]
    pricing_info: Vec<Info>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Category {
    #[serde(default)]
    usage_type: String,
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

/// Adds the prices of a page; returns their number and the token of the next page.
pub(super) fn page(bytes: &[u8], today: Day, book: &mut BookWriter) -> Result<(usize, Option<String>), String> {
    let page: Page = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let source = book.source(today, "Google Cloud Billing Catalog");
    for sku in &page.skus {
        let Some(key) = key_of(sku) else { continue };
        let Some(expression) = sku.pricing_info.first().map(|i| &i.pricing_expression) else { continue };
        // Hours of a core, or of a GiB.
        if !matches!(expression.usage_unit.as_str(), "h" | "GiBy.h") {
            continue;
        }
        let Some(each) = expression.tiered_rates.last().and_then(|r| r.unit_price.amount()) else { continue };
        for region in &sku.service_regions {
            book.price(&key, "hours", source, region, &each.to_string());
        }
    }
    Ok((page.skus.len(), Some(page.next_page_token).filter(|token| !token.is_empty())))
}

/// `E2 Instance Core running in Americas`, `N1 Predefined Instance Ram running in Frankfurt`.
fn key_of(sku: &Sku) -> Option<String> {
    let words = sku.description.split(" running in ").next()?.trim_start_matches("Spot Preemptible ");
    let words: Vec<&str> = words.split(' ').filter(|w| !matches!(*w, "Predefined" | "AMD")).collect();
    let (family, part) = match words.as_slice() {
        [family, "Instance", part] => (family.to_lowercase(), part),
        [family, "Custom", "Instance", part] => (format!("{}_custom", family.to_lowercase()), part),
        _ => return None,
    };
    let part = match *part {
        "Core" => "cpu",
        "Ram" => "ram",
        _ => return None,
    };
    let term = match sku.category.usage_type.as_str() {
        "OnDemand" => "on-demand",
        "Preemptible" => "preemptible",
        _ => return None,
    };
    let known =
        !family.is_empty() && family.len() <= 12 && family.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    known.then(|| format!("google/core/{family}/{part}/{term}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_and_memory_are_read_to_the_nano() {
        let sample = include_bytes!("samples/google-page.json");
        let mut book = BookWriter::new(crate::usd());
        let (count, next) = page(sample, "2026-11-22".parse().unwrap(), &mut book).unwrap();
        assert_eq!((count, next.as_deref()), (4, Some("token-2")));
        let lines: Vec<String> = book.text().lines().skip(2).map(str::to_owned).collect();
        assert_eq!(
            lines,
            [
                "price\tgoogle/core/e2/cpu/on-demand\thours\t0\tus-central1=0.02181159\tus-east1=0.02181159",
                "price\tgoogle/core/n1/ram/on-demand\thours\t0\teurope-west3=0.005458",
                "price\tgoogle/core/n2_custom/cpu/preemptible\thours\t0\tus-central1=0.008",
            ]
        );
    }
}
