//! The Azure Retail Prices API: pages of a hundred or a thousand items with a link to the next page.
//!
//! Source: Microsoft Learn, "Azure Retail Prices REST API overview". Read 2026-11-22.

use serde::Deserialize;
use tollgate_model::Day;

use crate::book::BookWriter;
use crate::observations::{machine, slug};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    items: Vec<Item>,
    next_page_link: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    currency_code: String,
    retail_price: serde_json::Number,
    arm_region_name: String,
    #[serde(default)]
    arm_sku_name: String,
    product_name: String,
    sku_name: String,
    meter_name: String,
    unit_of_measure: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    tier_minimum_units: Option<serde_json::Number>,
}

/// Adds the prices of a page; returns the number of items and the link to the next page.
pub(super) fn page(bytes: &[u8], today: Day, book: &mut BookWriter) -> Result<(usize, Option<String>), String> {
    let page: Page = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let source = book.source(today, "Azure Retail Prices");
    for item in &page.items {
        if let Some((key, unit)) = price_of(item) {
            book.price(&key, unit, source, &item.arm_region_name, &item.retail_price.to_string());
        }
    }
    Ok((page.items.len(), page.next_page_link.filter(|link| !link.is_empty())))
}

fn price_of(item: &Item) -> Option<(String, &'static str)> {
    let first = item.tier_minimum_units.as_ref().is_none_or(|n| n.as_f64() == Some(0.0));
    if item.currency_code != "USD" || item.kind != "Consumption" || !first {
        return None;
    }
    if item.product_name.starts_with("Virtual Machines") && item.unit_of_measure == "1 Hour" {
        let spot = item.sku_name.contains("Spot") || item.sku_name.contains("Low Priority");
        let os = if item.product_name.contains("Windows") { "windows" } else { "linux" };
        return (!spot && !item.arm_sku_name.is_empty()).then(|| (machine("azure", os, &item.arm_sku_name), "hours"));
    }
    let disk = item.product_name.ends_with("Managed Disks") && item.unit_of_measure == "1/Month";
    if disk && item.meter_name.ends_with(" Disk") {
        let (size, copies) = item.sku_name.split_once(' ')?;
        return Some((format!("azure/managed_disk/storage-{}-{}", slug(size), slug(copies)), "months"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_without_spot_and_with_its_next() {
        let sample = include_bytes!("samples/azure-page.json");
        let mut book = BookWriter::new(crate::usd());
        let (count, next) = page(sample, "2026-11-22".parse().unwrap(), &mut book).unwrap();
        assert_eq!((count, next.as_deref()), (4, Some("https://prices.azure.com/api/retail/prices?$skip=100")));
        let lines: Vec<String> = book.text().lines().skip(2).map(str::to_owned).collect();
        assert_eq!(
            lines,
            [
                "price\tazure/managed_disk/storage-p10-lrs\tmonths\t0\teastus=19.71",
                "price\tazure/vm/linux/d2sv3\thours\t0\teastus=0.096",
                "price\tazure/vm/windows/d2sv3\thours\t0\teastus=0.188",
            ]
        );
        assert!(page(b"{}", "2026-11-22".parse().unwrap(), &mut book).is_err());
    }
}
