//! aws_kinesisanalyticsv2_application: processing units, and one more for a Flink application.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let flink = r.text("runtime_environment").known_or(String::new()).starts_with("FLINK");
    let sku = "aws/kinesisanalyticsv2_application/processing-stream";
    bill.usage("Processing", "KPU", sku, "kinesis_processing_units", 1);
    if flink {
        bill.fixed("Orchestration", "KPU", "aws/kinesisanalyticsv2_application/processing-orchestration", 1);
    }
    bill.known("Backups", "GB", "aws/kinesisanalyticsv2_application/backup", "durable_application_backup_gb");
    Ok(())
}
