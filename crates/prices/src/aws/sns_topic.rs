//! aws_sns_topic: requests beyond the first million.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    if r.flag("fifo_topic").usually(false) {
        bill.untold("Requests and what they carry, FIFO", "FIFO topics have no price here yet");
        return Ok(());
    }
    let (requests, origin) = bill.figure("monthly_requests", 1_000_000);
    let million = whole(1_000_000);
    // The first million of an account is free; a topic is counted as if it had them for itself.
    let paid = requests.try_map(|n| Some(n.max(million).saturating_sub(million)));
    let paid = paid.ok_or_else(|| Untold("too many".to_owned()));
    bill.used_so("Requests beyond a million", "1M requests", "aws/sns_topic/api-requests", paid, origin);
    Ok(())
}
