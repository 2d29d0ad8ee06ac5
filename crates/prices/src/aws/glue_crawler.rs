//! aws_glue_crawler: run time.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Crawling", "hours", "aws/glue_crawler/duration", "monthly_hours", 10);
    Ok(())
}
