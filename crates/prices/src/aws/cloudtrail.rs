//! aws_cloudtrail: the first copy of management events is free; data and insight events are not.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("aws/cloudtrail/{words}");
    if !r.known_items("event_selector").is_empty() || !r.known_items("advanced_event_selector").is_empty() {
        bill.usage("Data events", "100k events", &of("data-events"), "monthly_data_events", 1_000_000);
    }
    if !r.known_items("insight_selector").is_empty() {
        bill.usage("Insight events", "100k events", &of("insight-events"), "monthly_insight_events", 1_000_000);
    }
    if let Some((events, origin)) = bill.known_usage("monthly_additional_management_events") {
        bill.usage_quantity(
            "Further copies of management events",
            "100k events",
            &of("management-events-additional-copies"),
            Ok(Span::exactly(events)),
            origin,
        );
    }
    Ok(())
}
