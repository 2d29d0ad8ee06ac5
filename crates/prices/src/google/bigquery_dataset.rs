//! google_bigquery_dataset: data scanned by queries.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Queries, on demand", "TB", "google/bigquery_dataset/queries-on-demand", "monthly_queries_tb", 1);
    Ok(())
}
