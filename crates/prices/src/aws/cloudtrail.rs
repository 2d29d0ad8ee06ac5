//! aws_cloudtrail: the first copy of management events is free; data and insight events are not.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let of = |words: &str| format!("aws/cloudtrail/{words}");
    if !r.written("event_selector").is_empty() || !r.written("advanced_event_selector").is_empty() {
        bill.used("Data events", "100k events", &of("data-events"), "monthly_data_events", 1_000_000);
    }
    if !r.written("insight_selector").is_empty() {
        bill.used("Insight events", "100k events", &of("insight-events"), "monthly_insight_events", 1_000_000);
    }
    if let Some((events, origin)) = bill.said("monthly_additional_management_events") {
        bill.used_so(
            "Further copies of management events",
            "100k events",
            &of("management-events-additional-copies"),
            Ok(Span::exactly(events)),
            origin,
        );
    }
    Ok(())
}
