//! Databases, containers, collections, graphs, keyspaces and tables of Cosmos DB: throughput, storage and backups in each region.

use crate::prelude::*;

use crate::resource::Attributes;

/// The prices of Cosmos DB are the same for each API. They are listed under one of them.
const LISTED: &str = "azure/cosmosdb_cassandra_keyspace";

/// Where a resource names the account.
const ACCOUNT: &str = "account_name";

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let account = r.referred(ACCOUNT, "azurerm_cosmosdb_account");
    let Some(account) = account else { return Err(Unpriced("its account is not in this plan".to_owned())) };
    let serverless = account
        .known_items("capabilities")
        .iter()
        .any(|c| c.text("name").known_or(String::new()) == "EnableServerless");
    let regions = account.known_items("geo_location");
    let home = bill.region().map(str::to_owned);
    let several_writers = ["multiple_write_locations_enabled", "enable_multiple_write_locations"]
        .iter()
        .any(|f| account.flag(f).known_or(false));
    throughput(r, serverless, regions.len(), several_writers, bill);
    let places = if regions.is_empty() { 1 } else { regions.len() };
    for n in 0..places {
        let region = regions.get(n).and_then(|g| g.text("location").optional().ok().flatten()).or_else(|| home.clone());
        let name = region.clone().unwrap_or_default();
        let fill = |bill: &mut Bill<'_>| {
            bill.usage(&format!("Storage, {name}"), "GB", &format!("{LISTED}/transactional-storage"), "storage_gb", 10);
            backups(&account, &name, bill);
            Ok(())
        };
        match region {
            Some(region) => bill.in_region(&region, fill)?,
            None => fill(bill)?,
        }
    }
    bill.known("Restored data", "GB", &format!("{LISTED}/restored-data"), "monthly_restored_data_gb");
    Ok(())
}

/// Adds throughput: provisioned, with autoscaling, or by use. Every region pays for it; with several writers at the price of those.
fn throughput(r: &EstimateInput<'_>, serverless: bool, regions: usize, several_writers: bool, bill: &mut Bill<'_>) {
    let regions = i64::try_from(regions.max(1)).unwrap_or(1);
    let unit = "RU/s x 100";
    if serverless {
        bill.usage(
            "Requests",
            "1M RU",
            &format!("{LISTED}/provisioned-throughput-serverless"),
            "monthly_serverless_request_units",
            1_000_000,
        );
        return;
    }
    let sku =
        if several_writers { "provisioned-throughput-multi-write" } else { "provisioned-throughput-single-write" };
    let sku = format!("{LISTED}/{sku}");
    let hundreds = |n: Quantity| n.ratio(regions, 100).ok_or_else(|| Unpriced("is out of range".to_owned()));
    match (r.number("autoscale_settings.max_throughput").optional(), r.number("throughput").optional()) {
        (Ok(Some(most)), _) => {
            // Autoscaling is billed for the highest use of each hour, at least a tenth, at one and a half times the price.
            let used = bill.known_usage("max_request_units_utilization_percentage").map(|(n, _)| n);
            let of = |percent: Quantity| product(most, percent).and_then(|n| n.ratio(3 * regions, 100 * 100 * 2));
            let span = match used {
                Some(percent) => of(percent).map(Span::exactly),
                None => of(whole(10)).zip(of(whole(100))).map(|(low, high)| Span { low, likely: high, high }),
            };
            let span = span.ok_or_else(|| Unpriced("is out of range".to_owned()));
            bill.fixed("Throughput, autoscale", unit, &sku, span);
        }
        (_, Ok(Some(units))) => bill.fixed("Throughput, provisioned", unit, &sku, hundreds(units)),
        (Err(why), _) | (_, Err(why)) => bill.unpriced("Throughput", &why.0),
        (Ok(None), Ok(None)) => {
            // The throughput of the account or the database is shared.
            bill.usage("Throughput, if it is not shared", unit, &sku, "provisioned_request_units_hundreds", 4);
        }
    }
}

/// Adds backups: continuous ones by stored data, periodic ones beyond the two that are included.
fn backups(account: &Attributes, region: &str, bill: &mut Bill<'_>) {
    let kind = account.text("backup.type").known_or("Periodic".to_owned());
    if kind == "Continuous" {
        bill.usage(
            &format!("Continuous backup, {region}"),
            "GB",
            &format!("{LISTED}/continuous-backup"),
            "storage_gb",
            10,
        );
        return;
    }
    let interval = account.number("backup.interval_in_minutes").known_or(whole(240));
    let hours = account.number("backup.retention_in_hours").known_or(whole(8));
    let minutes = i64::try_from(interval.units() / 10i128.pow(Quantity::PLACES)).ok().filter(|n| *n > 0).unwrap_or(240);
    let copies = hours.ratio(60, minutes).unwrap_or_default().saturating_sub(whole(2));
    if copies >= whole(1) {
        let (stored, origin) = bill.usage_figure("storage_gb", 10);
        let copies = whole(i64::try_from(copies.units() / 10i128.pow(Quantity::PLACES)).unwrap_or(0));
        let all = stored.try_map(|n| product(n, copies)).ok_or_else(|| Unpriced("is out of range".to_owned()));
        bill.usage_quantity(
            &format!("Periodic backup, {region}"),
            "GB",
            &format!("{LISTED}/periodic-backup"),
            all,
            origin,
        );
    }
}
