//! azurerm_storage_account: storage by kind, tier and redundancy, and operations.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let product_kind = r.text("account_kind").known_or("StorageV2".to_owned()).to_lowercase();
    let tier = r.text("access_tier").known_or("Hot".to_owned()).to_lowercase();
    let copies = r.text("account_replication_type").required()?.to_lowercase();
    let kind = r.text("account_tier").known_or("Standard".to_owned()).to_lowercase();
    let lake = r.flag("is_hns_enabled").known_or(false);
    // Data Lake, premium and file accounts have prices of their own.
    let group = match (product_kind.as_str(), kind.as_str(), lake) {
        ("filestorage", ..) => format!("file-{kind}"),
        (_, "premium", _) => "premium".to_owned(),
        (.., true) => format!("lake-{tier}"),
        ("storage", ..) => "v1".to_owned(),
        ("blobstorage", ..) => format!("blob-{tier}"),
        _ => format!("standard-{tier}"),
    };
    let shown = format!("{} {}", group.replace('-', " "), copies.to_uppercase());
    let of = |words: &str| format!("azure/storage/{words}-{group}-{copies}");
    let sku = if group == format!("standard-{tier}") {
        format!("azure/storage/standard-{tier}-{copies}")
    } else {
        of("capacity")
    };
    bill.usage(&format!("Storage, {shown}"), "GB", &sku, "storage_gb", 100);
    for (name, unit, words, figure) in [
        ("Write operations", "10k operations", "write", "monthly_write_operations"),
        ("Read operations", "10k operations", "read", "monthly_read_operations"),
        ("List and create operations", "10k operations", "list", "monthly_list_and_create_container_operations"),
        ("Other operations", "10k operations", "other", "monthly_other_operations"),
        ("Iterative reads", "10k operations", "iterative-read", "monthly_iterative_read_operations"),
        ("Iterative writes", "100 operations", "iterative-write", "monthly_iterative_write_operations"),
        ("Retrieved data", "GB", "retrieval", "monthly_data_retrieval_gb"),
        ("Written data", "GB", "data-write", "monthly_data_write_gb"),
        ("Blob index", "10k tags", "blob-index", "blob_index_tags"),
        ("Data at rest", "GB", "data-at-rest", "data_at_rest_storage_gb"),
        ("Early deletion", "GB", "early-deletion", "early_deletion_gb"),
        ("Metadata at rest", "GB", "metadata", "metadata_at_rest_storage_gb"),
        ("Snapshots", "GB", "snapshots", "snapshots_storage_gb"),
    ] {
        bill.known(name, unit, &of(words), figure);
    }
    Ok(())
}
