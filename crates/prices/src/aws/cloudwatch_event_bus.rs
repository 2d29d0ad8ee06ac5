//! aws_cloudwatch_event_bus: events that are published to it.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.used(
        "Custom events",
        "1M events",
        "aws/cloudwatch_event_bus/custom-events-published",
        "monthly_custom_events",
        1_000_000,
    );
    Ok(())
}
