//! aws_s3_bucket: storage, requests and retrievals of each class, and what is paid for the objects.

use crate::prelude::*;

/// A class: its letter, its name in keys and its name in figures. Only the standard class has defaults.
const CLASSES: [(char, &str, &str); 7] = [
    ('s', "standard", "standard"),
    ('i', "standard-infrequent-access", "standard_infrequent_access"),
    ('z', "one-zone-infrequent-access", "one_zone_infrequent_access"),
    ('t', "intelligent-tiering", "intelligent_tiering"),
    ('n', "glacier-instant-retrieval", "glacier_instant_retrieval"),
    ('f', "glacier-flexible-retrieval", "glacier_flexible_retrieval"),
    ('d', "glacier-deep-archive", "glacier_deep_archive"),
];

/// What is paid in classes, by their letters: name, unit, key, figure.
const METERS: [(&str, &str, &str, &str, &str); 23] = [
    ("t", "Storage, frequent access", "GB", "storage-frequent-access", "frequent_access_storage_gb"),
    ("t", "Storage, infrequent access", "GB", "storage-infrequent-access", "infrequent_access_storage_gb"),
    ("t", "Storage, archive access", "GB", "storage-archive-access", "archive_access_storage_gb"),
    ("t", "Storage, deep archive access", "GB", "storage-deep-archive-access", "deep_archive_access_storage_gb"),
    ("t", "Monitored objects", "1k objects", "monitoring-and-automation", "monitored_objects"),
    ("sizntfd", "Writes and lists", "1k requests", "put-copy-post-list-requests", "monthly_tier_1_requests"),
    ("sizntfd", "Reads", "1k requests", "get-select-and-all-other-requests", "monthly_tier_2_requests"),
    ("izntfd", "Lifecycle transitions", "1k requests", "lifecycle-transition", "monthly_lifecycle_transition_requests"),
    ("izn", "Retrieved data", "GB", "retrievals", "monthly_data_retrieval_gb"),
    ("sizt", "Selected data, scanned", "GB", "select-data-scanned", "monthly_select_data_scanned_gb"),
    ("sizt", "Selected data, returned", "GB", "select-data-returned", "monthly_select_data_returned_gb"),
    (
        "fd",
        "Retrieval requests, standard",
        "1k requests",
        "retrieval-requests-standard",
        "monthly_standard_data_retrieval_requests",
    ),
    (
        "f",
        "Retrieval requests, expedited",
        "1k requests",
        "retrieval-requests-expedited",
        "monthly_expedited_data_retrieval_requests",
    ),
    ("d", "Retrieval requests, bulk", "1k requests", "retrieval-requests-bulk", "monthly_bulk_data_retrieval_requests"),
    ("fd", "Retrieved, standard", "GB", "retrievals-standard", "monthly_standard_data_retrieval_gb"),
    ("f", "Retrieved, expedited", "GB", "retrievals-expedited", "monthly_expedited_data_retrieval_gb"),
    ("d", "Retrieved, bulk", "GB", "retrievals-bulk", "monthly_bulk_data_retrieval_gb"),
    ("f", "Select scanned, standard", "GB", "select-data-scanned-standard", "monthly_standard_select_data_scanned_gb"),
    ("f", "Select scanned, bulk", "GB", "select-data-scanned-bulk", "monthly_bulk_select_data_scanned_gb"),
    (
        "f",
        "Select returned, standard",
        "GB",
        "select-data-returned-standard",
        "monthly_standard_select_data_returned_gb",
    ),
    ("f", "Select returned, bulk", "GB", "select-data-returned-bulk", "monthly_bulk_select_data_returned_gb"),
    (
        "f",
        "Select scanned, expedited",
        "GB",
        "select-data-scanned-expedited",
        "monthly_expedited_select_data_scanned_gb",
    ),
    (
        "f",
        "Select returned, expedited",
        "GB",
        "select-data-returned-expedited",
        "monthly_expedited_select_data_returned_gb",
    ),
];

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    for (letter, class, figure) in CLASSES {
        let usual = letter == 's';
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
        for (_, part, unit, words, figure) in METERS.iter().filter(|m| m.0.contains(letter)) {
            if usual && figure.starts_with("monthly_tier") {
                continue;
            }
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
