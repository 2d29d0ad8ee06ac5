//! aws_cloudwatch_log_group: ingested, stored and scanned data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    let of = |words: &str| format!("aws/cloudwatch_log_group/{words}");
    bill.usage("Data in", "GB", &of("data-ingested"), "monthly_data_ingested_gb", 10);
    bill.usage("Kept", "GB", &of("archival-storage"), "storage_gb", 10);
    if let Some((gigabytes, origin)) = bill.known_usage("monthly_data_scanned_gb") {
        bill.usage_quantity(
            "Searched",
            "GB",
            &of("insights-queries-data-scanned"),
            Ok(Span::exactly(gigabytes)),
            origin,
        );
    }
    Ok(())
}
