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
        bill.usage("I/O requests", "1M requests", "aws/rds_cluster/i/o-requests", "monthly_io_requests", 1_000_000);
    }
    if r.text("engine_mode").known_or(String::new()) == "serverless" {
        let least = r.number("scaling_configuration.min_capacity").known_or(whole(1));
        let most = r.number("scaling_configuration.max_capacity").known_or(whole(16));
        let hours = Span::between(least, least, most).try_map(|units| units.ratio(HOURS, 1));
        let hours = hours.ok_or_else(|| Unpriced("its capacity is too large".to_owned()));
        bill.fixed("Aurora Serverless", "ACU-hours", "aws/rds_cluster/aurora-serverless", hours);
    }
    if let Some((gigabytes, origin)) = bill.known_usage("backup_snapshot_size_gb") {
        bill.usage_quantity("Backups", "GB", "aws/rds_cluster/backup-storage", Ok(Span::exactly(gigabytes)), origin);
    }
    Ok(())
}
