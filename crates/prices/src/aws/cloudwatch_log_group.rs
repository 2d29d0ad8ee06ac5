//! aws_cloudwatch_log_group: what comes in, what is kept, what is searched.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    let of = |words: &str| format!("aws/cloudwatch_log_group/{words}");
    bill.used("Data in", "GB", &of("data-ingested"), "monthly_data_ingested_gb", 10);
    bill.used("Kept", "GB", &of("archival-storage"), "storage_gb", 10);
    if let Some((gigabytes, origin)) = bill.said("monthly_data_scanned_gb") {
        bill.used_so("Searched", "GB", &of("insights-queries-data-scanned"), Ok(Span::exactly(gigabytes)), origin);
    }
    Ok(())
}
