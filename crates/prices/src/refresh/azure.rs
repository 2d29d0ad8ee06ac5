//! The Azure Retail Prices API: pages of a hundred or a thousand items with a link to the next page.
//!
//! Source: Microsoft Learn, "Azure Retail Prices REST API overview". Read 2026-11-22.

use serde::Deserialize;
use tollgate_model::{Amount, Day};

use super::azure_meters::{GRANTS, SAME, metered};
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
pub(super) struct Item {
    currency_code: String,
    retail_price: serde_json::Number,
    arm_region_name: String,
    #[serde(default)]
    arm_sku_name: String,
    pub(super) product_name: String,
    pub(super) sku_name: String,
    pub(super) meter_name: String,
    pub(super) unit_of_measure: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    tier_minimum_units: Option<serde_json::Number>,
}

/// A key with its unit, and the factor from an item's unit to the book's.
type Found = (String, &'static str, i64, i64);

/// The region of items whose price is the same everywhere.
pub(super) const GLOBAL: &str = "Global";

/// Adds the prices of a page for a region; returns the number of items and the link to the next page.
pub(super) fn page(
    bytes: &[u8],
    region: &str,
    today: Day,
    book: &mut BookWriter,
) -> Result<(usize, Option<String>), String> {
    let page: Page = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let source = book.source(today, "Azure Retail Prices");
    for item in &page.items {
        let Some((key, unit, times, per)) = price_of(item) else { continue };
        let each = item.retail_price.to_string().parse::<Amount>().ok().and_then(|each| each.ratio(times, per));
        let place = if item.arm_region_name == GLOBAL { region } else { item.arm_region_name.as_str() };
        if let Some(each) = each {
            for key in keys(item, key) {
                book.price(&key, unit, source, place, &each.to_string());
            }
        }
    }
    Ok((page.items.len(), page.next_page_link.filter(|link| !link.is_empty())))
}

/// Returns every key that has the price of an item: the cores of a single database are those of an elastic pool, and images cost
/// what snapshots do.
fn keys(item: &Item, key: String) -> Vec<String> {
    let also = match key.strip_prefix("azure/mssql/").filter(|rest| !rest.starts_with("license-")) {
        Some(rest) if item.product_name.contains("/Elastic Pool ") => Some(format!("azure/mssql_elasticpool/{rest}")),
        _ => SAME.iter().find(|(one, _)| *one == key).map(|(_, other)| (*other).to_owned()),
    };
    std::iter::once(key).chain(also).collect()
}

/// Returns the key of an item with its unit, and the factor from the item's unit to the book's, if an estimator uses it.
fn price_of(item: &Item) -> Option<Found> {
    let product = item.product_name.as_str();
    let first = item.tier_minimum_units.as_ref().is_none_or(|n| n.as_f64() == Some(0.0));
    // A tier at no cost is a grant of the subscription, and no price.
    let is_grant = item.retail_price.as_f64() == Some(0.0);
    let is_tier = first || GRANTS.contains(&product);
    if item.currency_code != "USD" || item.kind != "Consumption" || !is_tier || is_grant {
        return None;
    }
    if product.starts_with("Virtual Machines") && item.unit_of_measure == "1 Hour" {
        let spot = item.sku_name.contains("Spot") || item.sku_name.contains("Low Priority");
        let os = if product.contains("Windows") { "windows" } else { "linux" };
        return (!spot && !item.arm_sku_name.is_empty())
            .then(|| (machine("azure", os, &item.arm_sku_name), "hours", 1, 1));
    }
    if product.ends_with("Managed Disks") && item.unit_of_measure == "1/Month" && item.meter_name.ends_with(" Disk") {
        let (size, copies) = item.sku_name.split_once(' ')?;
        return Some((format!("azure/managed_disk/storage-{}-{}", slug(size), slug(copies)), "months", 1, 1));
    }
    databases(item).or_else(|| app_service(item)).or_else(|| managed(item)).or_else(|| metered(item))
}

/// SQL Database by the vCore, flexible servers by the vCore of a series.
fn databases(item: &Item) -> Option<Found> {
    let product = item.product_name.as_str();
    if let Some(rest) = product
        .strip_prefix("SQL Database Single/Elastic Pool ")
        .or_else(|| product.strip_prefix("SQL Database Single "))
    {
        let (tier, what) = rest.split_once(" - ")?;
        let tier = match tier {
            "General Purpose" => "gp",
            "Business Critical" => "bc",
            "Hyperscale" => "hs",
            _ => return None,
        };
        let zone = item.sku_name.contains("Zone Redundancy");
        return match what.strip_prefix("Compute ") {
            // A price of several cores is divided among them.
            Some(family) if item.meter_name.starts_with("vCore") => {
                let cores = item.sku_name.split(' ').next()?.parse::<i64>().unwrap_or(1).max(1);
                let words = if zone { "zone-redundancy" } else { "vcore" };
                Some((format!("azure/mssql/{words}-{tier}-{}", slug(family)), "hours", 1, cores))
            }
            None if what == "SQL License" => Some((format!("azure/mssql/license-{tier}"), "vCore-hours", 1, 1)),
            None if what == "Storage" && item.meter_name.ends_with("Data Stored") => {
                let suffix = if zone { "-zone" } else { "" };
                Some((format!("azure/mssql/storage-{tier}{suffix}"), "GB", 1, 1))
            }
            _ => None,
        };
    }
    let (kind, rest) = [("postgresql", "PostgreSQL"), ("mysql", "MySQL")].into_iter().find_map(|(kind, name)| {
        Some((kind, product.strip_prefix(&format!("Azure Database for {name} Flexible Server "))?))
    })?;
    let tier = [("General Purpose ", "gp"), ("Memory Optimized ", "mo")]
        .into_iter()
        .find_map(|(name, tier)| Some((rest.strip_prefix(name)?, tier)));
    match tier {
        Some((rest, tier)) if item.meter_name == "vCore" => {
            let series = rest.trim_end_matches(" Compute").trim_end_matches(" Series").to_lowercase();
            let version = series.rfind('v')?;
            let (letter, middle, version) = (series.get(..1)?, series.get(1..version)?, series.get(version..)?);
            Some((format!("azure/{kind}_flexible_server/vcore-{tier}-{letter}-{middle}-{version}"), "hours", 1, 1))
        }
        None if rest.starts_with("Burstable") && item.unit_of_measure == "1 Hour" => Some((
            format!("azure/{kind}_flexible_server/compute-b-standard-{}", item.sku_name.to_lowercase()),
            "hours",
            1,
            1,
        )),
        None if item.meter_name == "Storage Data Stored" => {
            Some((format!("azure/{kind}_flexible_server/storage"), "GB", 1, 1))
        }
        _ => None,
    }
}

/// SQL Managed Instance by the vCore, Managed Redis by the node.
fn managed(item: &Item) -> Option<Found> {
    if item.unit_of_measure == "1 Hour"
        && let Some(tier) = item.product_name.strip_prefix("Azure Managed Redis - ")
    {
        let is_node = item.meter_name == format!("{} Cache Instance", item.sku_name);
        let key = format!("azure/managed_redis/cache-usage-{}-{}", slug(tier), item.sku_name.to_lowercase());
        return is_node.then_some((key, "hours", 1, 1));
    }
    let (tier, what) = item.product_name.strip_prefix("SQL Managed Instance ")?.split_once(" - ")?;
    let tier = match tier {
        "General Purpose" => "gp",
        "Business Critical" => "bc",
        _ => return None,
    };
    let zone = item.sku_name.contains("Zone Redundancy");
    match what.strip_prefix("Compute ") {
        Some(family) if item.meter_name.starts_with("vCore") && item.unit_of_measure == "1 Hour" && !zone => {
            let cores = item.sku_name.split(' ').next()?.parse::<i64>().unwrap_or(1).max(1);
            Some((format!("azure/mssql_managed_instance/vcore-{tier}-{}", slug(family)), "hours", 1, cores))
        }
        None if what == "Storage" && tier == "gp" && !zone && item.meter_name.ends_with("Data Stored") => {
            Some(("azure/mssql_managed_instance/additional-storage".to_owned(), "GB", 1, 1))
        }
        _ => None,
    }
}

/// Plans of App Service: `Azure App Service Premium v3 Plan - Linux`, `P1 v3`.
fn app_service(item: &Item) -> Option<Found> {
    let plan = item.product_name.strip_prefix("Azure App Service ")?;
    let (plan, os) = match plan.strip_suffix(" - Linux") {
        Some(plan) => (plan, "linux"),
        None => (plan, "windows"),
    };
    let fits = plan.ends_with(" Plan") && item.unit_of_measure == "1 Hour" && item.meter_name.ends_with(" App");
    fits.then(|| (format!("azure/app/{os}-{}", item.sku_name.to_lowercase().replace(' ', "")), "hours", 1, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_without_spot_and_with_its_next() {
        let sample = include_bytes!("samples/azure-page.json");
        let mut book = BookWriter::new(crate::usd());
        let (count, next) = page(sample, "eastus", "2026-11-22".parse().unwrap(), &mut book).unwrap();
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
        // A price of everywhere is that of the region that was asked for.
        let everywhere =
            String::from_utf8_lossy(sample).replace("\"armRegionName\":\"eastus\"", "\"armRegionName\":\"Global\"");
        let mut other = BookWriter::new(crate::usd());
        page(everywhere.as_bytes(), "westeurope", "2026-11-22".parse().unwrap(), &mut other).unwrap();
        assert!(other.text().contains("azure/managed_disk/storage-p10-lrs\tmonths\t0\twesteurope=19.71"));
        assert!(page(b"{}", "eastus", "2026-11-22".parse().unwrap(), &mut book).is_err());
    }

    #[test]
    fn databases_plans_and_meters_are_read_in_the_units_of_the_book() {
        let sample = include_bytes!("samples/azure-services-page.json");
        let mut book = BookWriter::new(crate::usd());
        page(sample, "eastus", "2026-11-22".parse().unwrap(), &mut book).unwrap();
        let lines: Vec<String> = book.text().lines().skip(2).map(str::to_owned).collect();
        assert_eq!(
            lines,
            [
                "price\tazure/app/linux-p1v3\thours\t0\twesteurope=0.17",
                "price\tazure/app/windows-p1v3\thours\t0\twesteurope=0.346",
                "price\tazure/container_app/dedicated-management\thours\t0\teastus=0.1",
                "price\tazure/container_app/memory-active\tGiB-seconds\t0\teastus=0.000003",
                "price\tazure/container_app/vcpu-active\tvCPU-seconds\t0\teastus=0.000024",
                "price\tazure/cosmosdb_cassandra_keyspace/provisioned-throughput-single-write\tRU/s x 100\t0\teastus=5.84",
                "price\tazure/mssql/license-gp\tvCore-hours\t0\teastus=0.099965",
                "price\tazure/mssql/storage-gp\tGB\t0\teastus=0.115",
                "price\tazure/mssql/vcore-gp-gen5\thours\t0\teastus=0.152217",
                "price\tazure/mssql_elasticpool/storage-gp\tGB\t0\teastus=0.115",
                "price\tazure/mssql_elasticpool/vcore-gp-gen5\thours\t0\teastus=0.152217",
                "price\tazure/postgresql_flexible_server/vcore-gp-d-ds-v5\thours\t0\teastus=0.089",
                "price\tazure/redis_cache/cache-usage-standard-c1\tnodes\t0\teastus=50.37",
            ]
        );
    }
}
