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
    for copy in r.known_items("replica") {
        let region = copy.text("region_name").known_or("another region".to_owned());
        bill.unpriced(&format!("Copy in {region}"), "copies in other regions have no price yet");
    }
    Ok(())
}
