//! google_sql_database_instance: the instance by the hour, storage.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let tier = r.text("settings.tier").required()?;
    let regional = r.text("settings.availability_type").known_or("ZONAL".to_owned()) == "REGIONAL";
    let zones = if regional { 2 } else { 1 };
    let shape = tier.strip_prefix("db-custom-").and_then(|rest| rest.split_once('-'));
    match shape.and_then(|(c, m)| Some((c.parse::<i64>().ok()?, m.parse::<i64>().ok()?))) {
        Some((cores, megabytes)) => {
            bill.hourly("Cores", "google/sql/vcpu", cores.saturating_mul(zones));
            let memory = whole(megabytes).ratio(zones, 1024).ok_or_else(|| Unpriced("too much".to_owned()));
            bill.fixed("Memory", "GB", "google/sql/memory", memory);
        }
        None => {
            let place = if regional { "regional" } else { "zonal" };
            let sku = format!("google/sql_database_instance/sql-instance-{tier}-{place}");
            bill.hourly(&format!("Instance, {tier}, {place}"), &sku, 1);
        }
    }
    license(r, shape.and_then(|(cores, _)| cores.parse::<i64>().ok()), bill);
    bill.known("Backups", "GB", "google/sql_database_instance/backups", "backup_storage_gb");
    let kind = r.text("settings.disk_type").known_or("PD_SSD".to_owned());
    let words = if kind == "PD_HDD" { "hdd" } else { "ssd" };
    let size = r.number("settings.disk_size").known_or(whole(10)).ratio(zones, 1);
    bill.fixed(
        &format!("Storage, {words}"),
        "GB",
        &format!("google/sql/storage-{words}"),
        size.ok_or_else(|| Unpriced("too much".to_owned())),
    );
    Ok(())
}

/// Adds the license of SQL Server, by its edition and the cores.
fn license(r: &EstimateInput<'_>, cores: Option<i64>, bill: &mut Bill<'_>) {
    let version = r.text("database_version").known_or(String::new());
    let Some(edition) = version.strip_prefix("SQLSERVER_").and_then(|rest| rest.split_once('_')).map(|(_, e)| e) else {
        return;
    };
    if edition == "EXPRESS" {
        return;
    }
    let name = format!("License of SQL Server, {}", edition.to_lowercase());
    match cores {
        // At least four cores are licensed.
        Some(cores) => bill.hourly(&name, &format!("google/sql/license-{}", edition.to_lowercase()), cores.max(4)),
        None => bill.unpriced(&name, "the cores of its tier are not known"),
    }
}
