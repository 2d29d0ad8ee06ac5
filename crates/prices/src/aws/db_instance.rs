//! aws_db_instance: the instance by the hour, storage, operations and backups; all twice in two zones.

use crate::prelude::*;

use super::databases::class_keys;

/// Operations per second included with gp3 below 400 GB (RDS User Guide, 2026-08).
const GP3_IOPS: i64 = 3000;
/// And from 400 GB on.
const GP3_IOPS_LARGE: i64 = 12_000;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.has("replicate_source_db") && !r.has("engine") {
        bill.unpriced("Instance", "the engine of a replica is that of its source, which is not read");
    }
    let engine = r.text("engine").known_or("mysql".to_owned());
    let zones = if r.flag("multi_az").known_or(false) { 2 } else { 1 };
    let name = if zones == 2 { "in two zones" } else { "in one zone" };
    match r.text("instance_class").required() {
        Ok(class) => {
            let keys = class_keys(&engine, &class);
            bill.hourly_first(&format!("Instance, {engine}, {class}, {name}"), &keys, &class, zones);
        }
        Err(why) => bill.unpriced("Instance", &why.0),
    }
    let iops = r.number("iops").optional().ok().flatten();
    let usual = if iops.is_some() { "io1" } else { "gp2" };
    let kind = r.text("storage_type").known_or(usual.to_owned());
    let size = r.number("allocated_storage").known_or(whole(20));
    // Storage may grow up to a maximum.
    let most = r.number("max_allocated_storage").known_or(size).max(size);
    let storage = Span { low: size, likely: size, high: most }.try_map(|gb| gb.ratio(zones, 1));
    let storage = storage.ok_or_else(|| Unpriced("its size is too large".to_owned()));
    bill.fixed(&format!("Storage, {kind}"), "GB", &format!("aws/rds/storage-{kind}"), storage);
    let free = match kind.as_str() {
        "gp3" if size >= whole(400) => GP3_IOPS_LARGE,
        "gp3" => GP3_IOPS,
        _ => 0,
    };
    if let Some(iops) = iops.filter(|_| kind != "gp2") {
        let paid = iops.max(whole(free)).saturating_sub(whole(free));
        if paid > Quantity::ZERO {
            let paid = paid.ratio(zones, 1).ok_or_else(|| Unpriced("it has too many operations".to_owned()));
            bill.fixed("Provisioned IOPS", "IOPS", &format!("aws/rds/iops-{kind}"), paid);
        }
    }
    if r.number("backup_retention_period").known_or(Quantity::ZERO) > Quantity::ZERO
        && let Some((gigabytes, origin)) = bill.known_usage("additional_backup_storage_gb")
    {
        bill.usage_quantity(
            "Backups beyond the size of the database",
            "GB",
            "aws/rds/backup",
            Ok(Span::exactly(gigabytes)),
            origin,
        );
    }
    if r.flag("performance_insights_enabled").known_or(false)
        && r.number("performance_insights_retention_period").known_or(whole(7)) > whole(7)
    {
        bill.unpriced("Performance Insights, kept long", "its price by class is not available yet");
    }
    Ok(())
}
