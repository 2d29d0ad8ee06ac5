//! aws_dynamodb_table: capacity or requests, storage, backups, copies in other regions.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("aws/dynamodb_table/{words}");
    if r.text("billing_mode").known_or("PROVISIONED".to_owned()) == "PAY_PER_REQUEST" {
        let (write, read) = ("monthly_write_request_units", "monthly_read_request_units");
        bill.usage("Writes", "WRUs", &of("write-request-unit-wru"), write, 1_000_000);
        bill.usage("Reads", "RRUs", &of("read-request-unit-rru"), read, 1_000_000);
    } else {
        for (name, field, unit, sku) in [
            ("Write capacity", "write_capacity", "WCU", "write-capacity-unit-wcu"),
            ("Read capacity", "read_capacity", "RCU", "read-capacity-unit-rcu"),
        ] {
            let table = r.number(field).known_or(whole(1));
            let indexes = r.known_items("global_secondary_index");
            let all = indexes
                .iter()
                .fold(table, |sum, index| sum.saturating_add(index.number(field).known_or(Quantity::ZERO)));
            bill.fixed(name, unit, &of(sku), all);
        }
    }
    bill.usage("Storage", "GB", &of("data-storage"), "storage_gb", 10);
    if r.flag("point_in_time_recovery.enabled").known_or(false) {
        bill.usage(
            "Point-in-time recovery",
            "GB",
            &of("point-in-time-recovery-pitr-backup-storage"),
            "pitr_backup_storage_gb",
            10,
        );
    }
    if r.flag("stream_enabled").known_or(false) {
        bill.usage(
            "Reads of its stream",
            "sRRUs",
            &of("streams-read-request-unit-srru"),
            "monthly_streams_read_request_units",
            1_000_000,
        );
    }
    bill.known("On-demand backups", "GB", &of("on-demand-backup-storage"), "on_demand_backup_storage_gb");
    bill.known("Restored data", "GB", &of("table-data-restored"), "monthly_data_restored_gb");
    for copy in r.known_items("replica") {
        let Ok(Some(region)) = copy.text("region_name").optional() else {
            bill.unpriced("Copy in another region", "its region is not known");
            continue;
        };
        copied(r, &region, bill)?;
    }
    Ok(())
}

/// Adds the writes that are copied to a region. They cost there what writes cost (DynamoDB pricing of global tables, 2025-03).
fn copied(r: &EstimateInput<'_>, region: &str, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("aws/dynamodb_table/{words}");
    let on_demand = r.text("billing_mode").known_or("PROVISIONED".to_owned()) == "PAY_PER_REQUEST";
    let units = r.number("write_capacity").known_or(whole(1));
    bill.in_region(region, |bill| {
        let name = format!("Copied writes, {region}");
        if on_demand {
            bill.usage(&name, "WRUs", &of("write-request-unit-wru"), "monthly_write_request_units", 1_000_000);
        } else {
            bill.fixed(&name, "WCU", &of("write-capacity-unit-wcu"), units);
        }
        Ok(())
    })
}
