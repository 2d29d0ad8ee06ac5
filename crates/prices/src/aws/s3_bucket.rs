//! aws_s3_bucket: storage, requests, retrievals.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    for (class, figure, usual) in [
        ("standard", "standard", 100),
        ("standard-infrequent-access", "standard_infrequent_access", 0),
        ("one-zone-infrequent-access", "one_zone_infrequent_access", 0),
        ("intelligent-tiering", "intelligent_tiering", 0),
        ("glacier-flexible-retrieval", "glacier_flexible_retrieval", 0),
        ("glacier-deep-archive", "glacier_deep_archive", 0),
    ] {
        let sku = |words: &str| format!("aws/s3_bucket/{class}/{words}");
        let key = |name: &str| format!("{figure}.{name}");
        let name = class.replace('-', " ");
        if usual == 0 && bill.known_usage(&key("storage_gb")).is_none() {
            continue;
        }
        let storage = if class == "intelligent-tiering" { "storage-frequent-access" } else { "storage" };
        bill.usage(&format!("Storage, {name}"), "GB", &sku(storage), &key("storage_gb"), usual);
        let writes = "put-copy-post-list-requests";
        bill.usage(
            &format!("Writes and lists, {name}"),
            "1k requests",
            &sku(writes),
            &key("monthly_tier_1_requests"),
            10_000,
        );
        let reads = "get-select-and-all-other-requests";
        bill.usage(&format!("Reads, {name}"), "1k requests", &sku(reads), &key("monthly_tier_2_requests"), 100_000);
    }
    Ok(())
}
