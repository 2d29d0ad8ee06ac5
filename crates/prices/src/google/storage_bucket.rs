//! google_storage_bucket: what is kept, operations.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let class = r.text("storage_class").usually("STANDARD".to_owned()).to_lowercase();
    bill.used(
        &format!("Storage, {class}"),
        "GiB",
        &format!("google/storage_bucket/storage-{class}"),
        "storage_gb",
        100,
    );
    let of = |words: &str| format!("google/storage_bucket/{words}");
    bill.used(
        "Writes and lists",
        "10k operations",
        &of("object-adds-bucket/object-list-class-a"),
        "monthly_class_a_operations",
        10_000,
    );
    bill.used(
        "Reads",
        "10k operations",
        &of("object-gets-retrieve-bucket/object-metadata-class-b"),
        "monthly_class_b_operations",
        100_000,
    );
    Ok(())
}
