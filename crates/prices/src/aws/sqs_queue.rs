//! aws_sqs_queue: requests.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let words = if r.flag("fifo_queue").usually(false) { "fifo" } else { "standard" };
    bill.used(
        &format!("Requests, {words}"),
        "1M requests",
        &format!("aws/sqs/requests-{words}"),
        "monthly_requests",
        1_000_000,
    );
    Ok(())
}
