//! google_bigquery_table: what is kept.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.used("Storage, active", "GB", "google/bigquery_table/active-storage", "monthly_active_storage_gb", 10);
    bill.used(
        "Storage, long term",
        "GB",
        "google/bigquery_table/long-term-storage",
        "monthly_long_term_storage_gb",
        10,
    );
    Ok(())
}
