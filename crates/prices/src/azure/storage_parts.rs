//! Shares, queues and tables of a storage account: capacity by redundancy, and operations.

use crate::prelude::*;

/// azurerm_storage_share: provisioned or stored data, and operations.
pub(super) fn share(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let account = account(r);
    let tier = r.text("access_tier").known_or("TransactionOptimized".to_owned());
    let Some((copies, premium)) = account else {
        return Err(Unpriced("its storage account is not in this plan".to_owned()));
    };
    let tier = match (premium, tier.as_str()) {
        (true, _) | (_, "Premium") => "premium",
        (_, "Hot") => "hot",
        (_, "Cool") => "cool",
        _ => "transaction",
    };
    let of = |words: &str| format!("azure/storage_file/{words}-{tier}-{copies}");
    if tier == "premium" {
        bill.fixed("Provisioned data", "GB", &of("data"), r.number("quota").required());
    } else {
        bill.usage("Stored data", "GB", &of("data"), "storage_gb", 100);
    }
    for (name, unit, words, figure) in [
        ("Snapshots", "GB", "snapshots", "snapshots_storage_gb"),
        ("Metadata", "GB", "metadata", "metadata_at_rest_storage_gb"),
        ("Write operations", "10k operations", "write", "monthly_write_operations"),
        ("List operations", "10k operations", "list", "monthly_list_operations"),
        ("Read operations", "10k operations", "read", "monthly_read_operations"),
        ("Other operations", "10k operations", "other", "monthly_other_operations"),
        ("Retrieved data", "GB", "retrieval", "monthly_data_retrieval_gb"),
    ] {
        bill.known(name, unit, &of(words), figure);
    }
    Ok(())
}

/// azurerm_storage_queue and azurerm_storage_table: capacity, and operations.
pub(super) fn queue_or_table(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.kind.trim_start_matches("azurerm_");
    let Some((copies, _)) = account(r) else {
        return Err(Unpriced("its storage account is not in this plan".to_owned()));
    };
    let of = |words: &str| format!("azure/{kind}/{words}-{copies}");
    bill.usage("Capacity", "GB", &of("capacity"), "monthly_storage_gb", 10);
    for (name, unit, words, figure) in [
        ("Class 1 operations", "10k operations", "class-1", "monthly_class_1_operations"),
        ("Class 2 operations", "10k operations", "class-2", "monthly_class_2_operations"),
        ("Copied data", "GB", "geo-replication-data-transfer", "monthly_geo_replication_data_transfer_gb"),
        ("Batch writes", "10k operations", "batch-write", "monthly_batch_write_operations"),
        ("Deletions", "10k operations", "delete", "monthly_delete_operations"),
        ("Lists", "10k operations", "list", "monthly_list_operations"),
        ("Reads", "10k operations", "read", "monthly_read_operations"),
        ("Scans", "10k operations", "scan", "monthly_scan_operations"),
        ("Writes", "10k operations", "write", "monthly_write_operations"),
    ] {
        bill.known(name, unit, &of(words), figure);
    }
    Ok(())
}

/// Returns the redundancy of the account, and whether it is a premium one.
fn account(r: &EstimateInput<'_>) -> Option<(String, bool)> {
    let of = |field: &str| r.referred(field, "azurerm_storage_account");
    let account = of("storage_account_name").or_else(|| of("storage_account_id"))?;
    let copies = account.text("account_replication_type").optional().ok().flatten()?.to_lowercase();
    Some((copies, account.text("account_tier").known_or("Standard".to_owned()) == "Premium"))
}
