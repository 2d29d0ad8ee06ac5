//! aws_glue_catalog_database: objects and requests.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Objects", "100k objects", "aws/glue_catalog_database/storage", "monthly_objects", 100_000);
    bill.usage("Requests", "1M requests", "aws/glue_catalog_database/requests", "monthly_requests", 1_000_000);
    Ok(())
}
