//! aws_rds_cluster: storage, operations and backups of Aurora; its instances are separate resources.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let engine = r.text("engine").known_or("aurora-mysql".to_owned());
    if !engine.starts_with("aurora") {
        return Err(Unpriced("clusters of RDS with readable standbys have no price yet".to_owned()));
    }
    let optimized = r.text("storage_type").known_or(String::new()) == "aurora-iopt1";
    let storage = if optimized { "storage-i/o-optimized" } else { "storage" };
    bill.usage("Storage", "GB", &format!("aws/rds_cluster/{storage}"), "storage_gb", 10);
    if !optimized {
        operations(bill);
    }
    if r.text("engine_mode").known_or(String::new()) == "serverless" {
        let least = r.number("scaling_configuration.min_capacity").known_or(whole(1));
        let most = r.number("scaling_configuration.max_capacity").known_or(whole(16));
        let hours = Span::between(least, least, most).try_map(|units| units.ratio(HOURS, 1));
        let hours = hours.ok_or_else(|| Unpriced("its capacity is too large".to_owned()));
        let key = "aws/rds_cluster/aurora-serverless";
        match bill.known_usage("capacity_units_per_hr") {
            Some((units, origin)) => {
                let used =
                    units.ratio(HOURS, 1).map(Span::exactly).ok_or_else(|| Unpriced("is out of range".to_owned()));
                bill.usage_quantity("Aurora Serverless", "ACU-hours", key, used, origin);
            }
            None => bill.fixed("Aurora Serverless", "ACU-hours", key, hours),
        }
    }
    bill.known("Backups", "GB", "aws/rds_cluster/backup-storage", "backup_snapshot_size_gb");
    bill.known("Exported snapshots", "GB", "aws/rds_cluster/snapshot-export", "snapshot_export_size_gb");
    if r.number("backtrack_window").known_or(Quantity::ZERO) > Quantity::ZERO {
        let (statements, origin) = bill.usage_figure("average_statements_per_hr", 0);
        let changes = bill.known_usage("change_records_per_statement").map_or(Quantity::ZERO, |(n, _)| n);
        let window = bill.known_usage("backtrack_window_hrs").map_or_else(|| whole(HOURS), |(n, _)| n);
        let records = statements.try_map(|n| product(product(n, changes)?, window));
        let records = records.ok_or_else(|| Unpriced("is out of range".to_owned()));
        bill.usage_quantity("Backtracking", "1M change-records", "aws/rds_cluster/backtrack", records, origin);
    }
    Ok(())
}

/// Adds operations: by a month's figure, or by those of a second.
fn operations(bill: &mut Bill<'_>) {
    let key = "aws/rds_cluster/i/o-requests";
    let (read, write) = (bill.known_usage("read_requests_per_sec"), bill.known_usage("write_requests_per_sec"));
    match read.into_iter().chain(write).reduce(|(a, from), (b, of)| (a.saturating_add(b), from.max(of))) {
        Some((each_second, origin)) => {
            let month = each_second.ratio(HOURS * 3600, 1).map(Span::exactly);
            let month = month.ok_or_else(|| Unpriced("is out of range".to_owned()));
            bill.usage_quantity("I/O requests", "1M requests", key, month, origin);
        }
        None => bill.usage("I/O requests", "1M requests", key, "monthly_io_requests", 1_000_000),
    }
}
