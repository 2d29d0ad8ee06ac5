//! aws_sns_topic: requests beyond the first million.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.flag("fifo_topic").known_or(false) {
        bill.unpriced("Requests and what they carry, FIFO", "FIFO topics have no price yet");
        return Ok(());
    }
    let (requests, origin) = bill.usage_figure("monthly_requests", 1_000_000);
    let million = whole(1_000_000);
    // The first million per account is free; it is counted for each topic.
    let paid = requests.try_map(|n| Some(n.max(million).saturating_sub(million)));
    let paid = paid.ok_or_else(|| Unpriced("too many".to_owned()));
    bill.usage_quantity("Requests beyond a million", "1M requests", "aws/sns_topic/api-requests", paid, origin);
    Ok(())
}
