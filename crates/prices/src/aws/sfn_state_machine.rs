//! aws_sfn_state_machine: transitions, or requests and duration.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.text("type").known_or("STANDARD".to_owned()) == "EXPRESS" {
        bill.usage("Requests", "1M requests", "aws/sfn_state_machine/requests", "monthly_requests", 1_000_000);
        bill.usage("Duration", "GB-hours", "aws/sfn_state_machine/duration", "monthly_gb_hours", 10);
    } else {
        bill.usage("Transitions", "1K transitions", "aws/sfn_state_machine/transitions", "monthly_transitions", 10_000);
    }
    Ok(())
}
