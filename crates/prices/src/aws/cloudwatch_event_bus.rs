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
    bill.known(
        "Third-party events",
        "1M events",
        "aws/cloudwatch_event_bus/third-party-events-published",
        "monthly_third_party_events",
    );
    bill.known(
        "Archived events, processed",
        "GB",
        "aws/cloudwatch_event_bus/archive-processing",
        "monthly_archive_processing_gb",
    );
    bill.known("Archived events, stored", "GB", "aws/cloudwatch_event_bus/archive-storage", "archive_storage_gb");
    bill.known(
        "Schema discovery",
        "1M events",
        "aws/cloudwatch_event_bus/schema-discovery",
        "monthly_schema_discovery_events",
    );
    Ok(())
}
