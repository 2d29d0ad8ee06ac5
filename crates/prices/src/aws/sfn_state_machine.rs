//! aws_sfn_state_machine: transitions, or requests and duration.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.text("type").known_or("STANDARD".to_owned()) == "EXPRESS" {
        bill.usage("Requests", "1M requests", "aws/sfn_state_machine/requests", "monthly_requests", 1_000_000);
        duration(bill);
    } else {
        bill.usage("Transitions", "1K transitions", "aws/sfn_state_machine/transitions", "monthly_transitions", 10_000);
    }
    Ok(())
}

/// Adds the duration of express workflows: by hours of a GB, or by the requests, their memory and their time.
fn duration(bill: &mut Bill<'_>) {
    let sku = "aws/sfn_state_machine/duration";
    let (Some((requests, origin)), Some((each, _))) =
        (bill.known_usage("monthly_requests"), bill.known_usage("workflow_duration_ms"))
    else {
        return bill.usage("Duration", "GB-hours", sku, "monthly_gb_hours", 10);
    };
    // Memory is billed by 64 MB, time by 100 ms.
    let rounded = |n: Quantity, step: i64| {
        let steps = (n.units() + whole(step).units() - 1) / whole(step).units();
        whole(i64::try_from(steps).unwrap_or(1).max(1).saturating_mul(step))
    };
    let memory = rounded(bill.known_usage("memory_mb").map_or_else(|| whole(64), |(n, _)| n), 64);
    let hours =
        product(requests, rounded(each, 100)).and_then(|ms| product(ms.ratio(1, 3_600_000)?, memory)?.ratio(1, 1024));
    let hours = hours.map(Span::exactly).ok_or_else(|| Unpriced("is out of range".to_owned()));
    bill.usage_quantity("Duration", "GB-hours", sku, hours, origin);
}
