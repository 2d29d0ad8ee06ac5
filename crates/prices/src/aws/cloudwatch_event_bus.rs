//! aws_cloudwatch_event_bus: published events.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage(
        "Custom events",
        "1M events",
        "aws/cloudwatch_event_bus/custom-events-published",
        "monthly_custom_events",
        1_000_000,
    );
    Ok(())
}
