//! aws_kinesis_firehose_delivery_stream: ingested data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Data in", "GB", "aws/kinesis_firehose_delivery_stream/data-ingested", "monthly_data_ingested_gb", 10);
    Ok(())
}
