//! aws_kinesisanalyticsv2_application: processing units, and one more that leads a Flink application.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let flink = r.text("runtime_environment").usually(String::new()).starts_with("FLINK");
    let sku = "aws/kinesisanalyticsv2_application/processing-stream";
    bill.used("Processing", "KPU", sku, "kinesis_processing_units", 1);
    if flink {
        bill.fixed("Orchestration", "KPU", "aws/kinesisanalyticsv2_application/processing-orchestration", 1);
    }
    Ok(())
}
