//! google_storage_bucket: storage, operations.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let class = r.text("storage_class").known_or("STANDARD".to_owned()).to_lowercase();
    bill.usage(
        &format!("Storage, {class}"),
        "GiB",
        &format!("google/storage_bucket/storage-{class}"),
        "storage_gb",
        100,
    );
    let of = |words: &str| format!("google/storage_bucket/{words}");
    bill.usage(
        "Writes and lists",
        "10k operations",
        &of("object-adds-bucket/object-list-class-a"),
        "monthly_class_a_operations",
        10_000,
    );
    bill.usage(
        "Reads",
        "10k operations",
        &of("object-gets-retrieve-bucket/object-metadata-class-b"),
        "monthly_class_b_operations",
        100_000,
    );
    bill.known("Retrieved data", "GB", &of("data-retrieval"), "monthly_data_retrieval_gb");
    for (name, words, figure) in [
        ("Egress, same continent", "data-transfer-in-same-continent", "same_continent"),
        ("Egress, worldwide", "data-transfer-to-worldwide-excluding-asia-australia", "worldwide"),
        ("Egress, Asia", "data-transfer-to-asia-excluding-china-but-including-hong-kong", "asia"),
        ("Egress, China", "data-transfer-to-china-excluding-hong-kong", "china"),
        ("Egress, Australia", "data-transfer-to-australia", "australia"),
    ] {
        let key = format!("monthly_egress_data_transfer_gb.{figure}");
        bill.known(name, "GB", &of(&format!("network-egress/{words}")), &key);
    }
    Ok(())
}
