//! aws_db_instance: the machine by the hour, storage, operations and backups; twice of all in two zones.

use crate::prelude::*;

use super::databases::class_keys;

/// What gp3 has for nothing below 400 GB, in operations a second (RDS User Guide, 2026-08).
const GP3_IOPS: i64 = 3000;
/// And from 400 GB on.
const GP3_IOPS_LARGE: i64 = 12_000;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    if r.has("replicate_source_db") && !r.has("engine") {
        bill.untold("Instance", "a replica has the engine of its source, which is not read here");
    }
    let engine = r.text("engine").usually("mysql".to_owned());
    let zones = if r.flag("multi_az").usually(false) { 2 } else { 1 };
    let name = if zones == 2 { "in two zones" } else { "in one zone" };
    match r.text("instance_class").needed() {
        Ok(class) => {
            let keys = class_keys(&engine, &class);
            bill.hourly_first(&format!("Instance, {engine}, {class}, {name}"), &keys, &class, zones);
        }
        Err(why) => bill.untold("Instance", &why.0),
    }
    let iops = r.number("iops").told().ok().flatten();
    let usual = if iops.is_some() { "io1" } else { "gp2" };
    let kind = r.text("storage_type").usually(usual.to_owned());
    let size = r.number("allocated_storage").usually(whole(20));
    // Storage grows by itself up to a most.
    let most = r.number("max_allocated_storage").usually(size).max(size);
    let storage = Span { low: size, likely: size, high: most }.try_map(|gb| gb.ratio(zones, 1));
    let storage = storage.ok_or_else(|| Untold("its size is too large".to_owned()));
    bill.fixed(&format!("Storage, {kind}"), "GB", &format!("aws/rds/storage-{kind}"), storage);
    let free = match kind.as_str() {
        "gp3" if size >= whole(400) => GP3_IOPS_LARGE,
        "gp3" => GP3_IOPS,
        _ => 0,
    };
    if let Some(iops) = iops.filter(|_| kind != "gp2") {
        let paid = iops.max(whole(free)).saturating_sub(whole(free));
        if paid > Quantity::ZERO {
            let paid = paid.ratio(zones, 1).ok_or_else(|| Untold("its operations are too many".to_owned()));
            bill.fixed("Provisioned IOPS", "IOPS", &format!("aws/rds/iops-{kind}"), paid);
        }
    }
    if r.number("backup_retention_period").usually(Quantity::ZERO) > Quantity::ZERO
        && let Some((gigabytes, origin)) = bill.said("additional_backup_storage_gb")
    {
        bill.used_so(
            "Backups beyond the size of the database",
            "GB",
            "aws/rds/backup",
            Ok(Span::exactly(gigabytes)),
            origin,
        );
    }
    if r.flag("performance_insights_enabled").usually(false)
        && r.number("performance_insights_retention_period").usually(whole(7)) > whole(7)
    {
        bill.untold("Performance Insights, kept long", "its price by class has none here yet");
    }
    Ok(())
}
