//! aws_s3_bucket: storage, requests and retrievals of each class, and what is paid for the objects.

use crate::prelude::*;

/// A class: its name in keys and figures, and whether it has a default.
const CLASSES: [(&str, &str, bool); 7] = [
    ("standard", "standard", true),
    ("standard-infrequent-access", "standard_infrequent_access", false),
    ("one-zone-infrequent-access", "one_zone_infrequent_access", false),
    ("intelligent-tiering", "intelligent_tiering", false),
    ("glacier-instant-retrieval", "glacier_instant_retrieval", false),
    ("glacier-flexible-retrieval", "glacier_flexible_retrieval", false),
    ("glacier-deep-archive", "glacier_deep_archive", false),
];

/// What is paid in a class: name, unit, key, figure.
const METERS: [(&str, &str, &str, &str); 23] = [
    ("Storage, frequent access", "GB", "storage-frequent-access", "frequent_access_storage_gb"),
    ("Storage, infrequent access", "GB", "storage-infrequent-access", "infrequent_access_storage_gb"),
    ("Storage, archive access", "GB", "storage-archive-access", "archive_access_storage_gb"),
    ("Storage, deep archive access", "GB", "storage-deep-archive-access", "deep_archive_access_storage_gb"),
    ("Monitored objects", "1k objects", "monitoring-and-automation", "monitored_objects"),
    ("Writes and lists", "1k requests", "put-copy-post-list-requests", "monthly_tier_1_requests"),
    ("Reads", "1k requests", "get-select-and-all-other-requests", "monthly_tier_2_requests"),
    ("Lifecycle transitions", "1k requests", "lifecycle-transition", "monthly_lifecycle_transition_requests"),
    ("Retrieved data", "GB", "retrievals", "monthly_data_retrieval_gb"),
    ("Selected data, scanned", "GB", "select-data-scanned", "monthly_select_data_scanned_gb"),
    ("Selected data, returned", "GB", "select-data-returned", "monthly_select_data_returned_gb"),
    (
        "Retrieval requests, standard",
        "1k requests",
        "retrieval-requests-standard",
        "monthly_standard_data_retrieval_requests",
    ),
    (
        "Retrieval requests, expedited",
        "1k requests",
        "retrieval-requests-expedited",
        "monthly_expedited_data_retrieval_requests",
    ),
    ("Retrieval requests, bulk", "1k requests", "retrieval-requests-bulk", "monthly_bulk_data_retrieval_requests"),
    ("Retrieved, standard", "GB", "retrievals-standard", "monthly_standard_data_retrieval_gb"),
    ("Retrieved, expedited", "GB", "retrievals-expedited", "monthly_expedited_data_retrieval_gb"),
    ("Retrieved, bulk", "GB", "retrievals-bulk", "monthly_bulk_data_retrieval_gb"),
    ("Select scanned, standard", "GB", "select-data-scanned-standard", "monthly_standard_select_data_scanned_gb"),
    ("Select scanned, bulk", "GB", "select-data-scanned-bulk", "monthly_bulk_select_data_scanned_gb"),
    ("Select returned, standard", "GB", "select-data-returned-standard", "monthly_standard_select_data_returned_gb"),
    ("Select returned, bulk", "GB", "select-data-returned-bulk", "monthly_bulk_select_data_returned_gb"),
    ("Select scanned, expedited", "GB", "select-data-scanned-expedited", "monthly_expedited_select_data_scanned_gb"),
    ("Select returned, expedited", "GB", "select-data-returned-expedited", "monthly_expedited_select_data_returned_gb"),
];

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    for (class, figure, usual) in CLASSES {
        let sku = |words: &str| format!("aws/s3_bucket/{class}/{words}");
        let key = |name: &str| format!("{figure}.{name}");
        let name = class.replace('-', " ");
        if usual {
            bill.usage(&format!("Storage, {name}"), "GB", &sku("storage"), &key("storage_gb"), 100);
            bill.usage(
                &format!("Writes and lists, {name}"),
                "1k requests",
                &sku("put-copy-post-list-requests"),
                &key("monthly_tier_1_requests"),
                10_000,
            );
            bill.usage(
                &format!("Reads, {name}"),
                "1k requests",
                &sku("get-select-and-all-other-requests"),
                &key("monthly_tier_2_requests"),
                100_000,
            );
        } else if class != "intelligent-tiering" {
            bill.known(&format!("Storage, {name}"), "GB", &sku("storage"), &key("storage_gb"));
        } else if bill.known_usage(&key("storage_gb")).is_some() {
            bill.known(&format!("Storage, {name}"), "GB", &sku("storage-frequent-access"), &key("storage_gb"));
        }
        for (part, unit, words, figure) in METERS.iter().filter(|m| !(usual && m.3.starts_with("monthly_tier"))) {
            bill.known(&format!("{part}, {name}"), unit, &sku(words), &key(figure));
        }
    }
    // The shortest time that an object of a class is billed for.
    for (class, figure, days) in [
        ("intelligent-tiering", "intelligent_tiering", 30),
        ("standard-infrequent-access", "standard_infrequent_access", 30),
        ("one-zone-infrequent-access", "one_zone_infrequent_access", 30),
        ("glacier-flexible-retrieval", "glacier_flexible_retrieval", 90),
        ("glacier-deep-archive", "glacier_deep_archive", 180),
    ] {
        let sku = format!("aws/s3_bucket/{class}/early-delete-within-{days}-days");
        let name = format!("Deleted within {days} days, {}", class.replace('-', " "));
        bill.known(&name, "GB", &sku, &format!("{figure}.early_delete_gb"));
    }
    let _ = r;
    bill.known("Object tags", "10k tags", "aws/s3_bucket/object-tagging", "object_tags");
    Ok(())
}
