//! aws_sfn_state_machine: transitions, or requests and how long they run.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    if r.text("type").usually("STANDARD".to_owned()) == "EXPRESS" {
        bill.used("Requests", "1M requests", "aws/sfn_state_machine/requests", "monthly_requests", 1_000_000);
        bill.used("Duration", "GB-hours", "aws/sfn_state_machine/duration", "monthly_gb_hours", 10);
    } else {
        bill.used("Transitions", "1K transitions", "aws/sfn_state_machine/transitions", "monthly_transitions", 10_000);
    }
    Ok(())
}
