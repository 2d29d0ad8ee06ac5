//! aws_glue_crawler: while it runs.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.used("Crawling", "hours", "aws/glue_crawler/duration", "monthly_hours", 10);
    Ok(())
}
