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
    Ok(())
}
