//! aws_backup_vault: storage of each service.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    let of = |words: &str| format!("aws/backup_vault/{words}");
    bill.usage("EBS snapshots", "GB", &of("ebs-snapshot"), "monthly_ebs_snapshot_gb", 10);
    for (name, words, key) in [
        ("EFS, warm", "efs-backup-warm", "monthly_efs_warm_backup_gb"),
        ("RDS snapshots", "rds-snapshot", "monthly_rds_snapshot_gb"),
        ("DynamoDB", "dynamodb-backup", "monthly_dynamodb_backup_gb"),
        ("Aurora snapshots", "aurora-snapshot", "monthly_aurora_snapshot_gb"),
    ] {
        if let Some((gigabytes, origin)) = bill.known_usage(key) {
            bill.usage_quantity(name, "GB", &of(words), Ok(Span::exactly(gigabytes)), origin);
        }
    }
    Ok(())
}
