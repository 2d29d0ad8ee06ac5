//! aws_sqs_queue: requests.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let words = if r.flag("fifo_queue").known_or(false) { "fifo" } else { "standard" };
    bill.usage(
        &format!("Requests, {words}"),
        "1M requests",
        &format!("aws/sqs/requests-{words}"),
        "monthly_requests",
        1_000_000,
    );
    Ok(())
}
