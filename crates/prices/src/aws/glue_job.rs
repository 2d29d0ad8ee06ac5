//! aws_glue_job: processing units run time.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let capacity = r.number("max_capacity").optional().ok().flatten();
    let workers = r.number("number_of_workers").optional().ok().flatten();
    let each = match r.text("worker_type").known_or(String::new()).as_str() {
        "G.2X" => 2,
        "G.4X" => 4,
        "G.8X" => 8,
        _ => 1,
    };
    let units = capacity.or_else(|| workers?.ratio(each, 1)).unwrap_or_else(|| whole(10));
    let (hours, origin) = bill.usage_figure("monthly_hours", 10);
    let all = hours.try_map(|h| product(h, units)).ok_or_else(|| Unpriced("too much".to_owned()));
    bill.usage_quantity("Processing", "hours (1 DPU)", "aws/glue_job/duration", all, origin);
    Ok(())
}
