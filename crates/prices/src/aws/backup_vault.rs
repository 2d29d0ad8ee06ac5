//! aws_backup_vault: storage of each service.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    let of = |words: &str| format!("aws/backup_vault/{words}");
    bill.usage("EBS snapshots", "GB", &of("ebs-snapshot"), "monthly_ebs_snapshot_gb", 10);
    for (name, unit, words, key) in [
        ("EFS, warm", "GB", "efs-backup-warm", "monthly_efs_warm_backup_gb"),
        ("EFS, cold", "GB", "efs-backup-cold", "monthly_efs_cold_backup_gb"),
        ("EFS, restored from warm", "GB", "efs-restore-warm", "monthly_efs_warm_restore_gb"),
        ("EFS, restored from cold", "GB", "efs-restore-cold", "monthly_efs_cold_restore_gb"),
        ("EFS, restored items", "requests", "efs-restore-item-level", "monthly_efs_item_restore_requests"),
        ("RDS snapshots", "GB", "rds-snapshot", "monthly_rds_snapshot_gb"),
        ("DynamoDB", "GB", "dynamodb-backup", "monthly_dynamodb_backup_gb"),
        ("DynamoDB, restored", "GB", "dynamodb-restore", "monthly_dynamodb_restore_gb"),
        ("Aurora snapshots", "GB", "aurora-snapshot", "monthly_aurora_snapshot_gb"),
        ("FSx for Windows", "GB", "fsx-for-windows-backup", "monthly_fsx_windows_backup_gb"),
        ("FSx for Lustre", "GB", "fsx-for-lustre-backup", "monthly_fsx_lustre_backup_gb"),
    ] {
        bill.known(name, unit, &of(words), key);
    }
    Ok(())
}
