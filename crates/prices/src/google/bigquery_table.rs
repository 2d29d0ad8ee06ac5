//! google_bigquery_table: storage.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Storage, active", "GB", "google/bigquery_table/active-storage", "monthly_active_storage_gb", 10);
    bill.usage(
        "Storage, long term",
        "GB",
        "google/bigquery_table/long-term-storage",
        "monthly_long_term_storage_gb",
        10,
    );
    let of = |words: &str| format!("google/bigquery_table/{words}");
    bill.known("Streamed inserts", "MB", &of("streaming-inserts"), "monthly_streaming_inserts_mb");
    bill.known("Storage writes", "GB", &of("storage-write-api"), "monthly_storage_write_api_gb");
    bill.known("Storage reads", "TB", &of("storage-read-api"), "monthly_storage_read_api_tb");
    Ok(())
}
