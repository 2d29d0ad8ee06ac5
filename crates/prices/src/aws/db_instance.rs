//! aws_db_instance: the instance by the hour, storage, operations and backups; all twice in two zones.

use crate::prelude::*;

use super::databases::{
    class_keys, cpu_credits, extended_support, performance_insights, product_of, reservation, reserved,
};

/// Operations per second and MiB/s that gp3 includes, below its first threshold and from it on (RDS User Guide, 2026-08).
const GP3: [(i64, i64); 2] = [(3000, 125), (12_000, 500)];
/// The operations per second of io1 and io2 that are not set: the least that RDS accepts.
const LEAST_IOPS: i64 = 1000;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let source = r.referred("replicate_source_db", "aws_db_instance");
    let of_source = || source.as_ref().and_then(|s| s.text("engine").optional().ok().flatten());
    let engine = match r.text("engine").optional() {
        Ok(Some(engine)) => engine,
        _ if r.has("replicate_source_db") => of_source().ok_or_else(|| {
            Unpriced("the engine of a replica is that of its source, which is not in this plan".to_owned())
        })?,
        Ok(None) => "mysql".to_owned(),
        Err(why) => return Err(why),
    };
    let license = r.text("license_model").known_or(String::new());
    let zones = if r.flag("multi_az").known_or(false) { 2 } else { 1 };
    let place = if zones == 2 { "in two zones" } else { "in one zone" };
    match r.text("instance_class").required() {
        Ok(class) => {
            let keys = class_keys(&engine, &license, &class);
            let name = format!("Instance, {engine}, {class}, {place}");
            match reservation(bill) {
                Some(terms) => {
                    let key = format!("aws/reserved/rds/{}/{class}", product_of(&engine, &license));
                    reserved(&name, &key, &terms, zones, bill);
                }
                None => bill.hourly_first(&name, &keys, &class, zones),
            }
            extended_support(r, &engine, &class, zones, bill);
            performance_insights(r, &class, "db_instance", bill);
            cpu_credits(&class, "aws/db_instance/cpu-credits", bill);
        }
        Err(why) => bill.unpriced("Instance", &why.0),
    }
    storage(r, &engine, zones, bill);
    if r.number("backup_retention_period").known_or(Quantity::ZERO) > Quantity::ZERO {
        let name = "Backups beyond the size of the database";
        bill.known(name, "GB", "aws/rds/backup", "additional_backup_storage_gb");
    }
    Ok(())
}

/// Adds storage with its operations and throughput, for each zone.
fn storage(r: &EstimateInput<'_>, engine: &str, zones: i64, bill: &mut Bill<'_>) {
    let iops = r.number("iops").optional().ok().flatten().filter(|n| *n > Quantity::ZERO);
    let kind = r.text("storage_type").known_or(if iops.is_some() { "io1" } else { "gp2" }.to_owned());
    let size = r.number("allocated_storage").known_or(whole(20));
    // Storage may grow up to a maximum.
    let most = r.number("max_allocated_storage").known_or(size).max(size);
    let each_zone = |n: Quantity| n.ratio(zones, 1).ok_or_else(|| Unpriced("is out of range".to_owned()));
    let storage = Span { low: size, likely: size, high: most }.try_map(|gb| gb.ratio(zones, 1));
    let storage = storage.ok_or_else(|| Unpriced("its size is too large".to_owned()));
    bill.fixed(&format!("Storage, {kind}"), "GB", &format!("aws/rds/storage-{kind}"), storage);
    match kind.as_str() {
        "io1" | "io2" => {
            let iops = iops.unwrap_or_default().max(whole(LEAST_IOPS));
            bill.fixed("Provisioned IOPS", "IOPS", &format!("aws/rds/iops-{kind}"), each_zone(iops));
        }
        "gp3" => {
            // Striping begins at 400 GB, with Oracle at 200; SQL Server has none.
            let threshold = if engine.starts_with("oracle") { 200 } else { 400 };
            let striped = size >= whole(threshold) && !engine.starts_with("sqlserver");
            let (free, free_throughput) = GP3[usize::from(striped)];
            let beyond = |wanted: Quantity, free: i64| wanted.max(whole(free)).saturating_sub(whole(free));
            let iops = beyond(iops.unwrap_or_default(), free);
            if iops > Quantity::ZERO {
                bill.fixed(&format!("IOPS beyond {free}"), "IOPS", "aws/rds/iops-gp3", each_zone(iops));
            }
            let throughput = beyond(r.number("storage_throughput").known_or(Quantity::ZERO), free_throughput);
            if throughput > Quantity::ZERO {
                let name = format!("Throughput beyond {free_throughput} MiB/s");
                bill.fixed(&name, "MBps", "aws/rds/throughput-gp3", each_zone(throughput));
            }
        }
        "standard" => {
            bill.known("I/O requests", "1M requests", "aws/db_instance/i/o-requests", "monthly_standard_io_requests");
        }
        _ => {}
    }
}
