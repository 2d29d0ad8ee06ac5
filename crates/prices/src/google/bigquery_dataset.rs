//! google_bigquery_dataset: what queries read.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.used("Queries, on demand", "TB", "google/bigquery_dataset/queries-on-demand", "monthly_queries_tb", 1);
    Ok(())
}
