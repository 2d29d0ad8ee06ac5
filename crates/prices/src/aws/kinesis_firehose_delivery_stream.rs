//! aws_kinesis_firehose_delivery_stream: what goes in.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.used("Data in", "GB", "aws/kinesis_firehose_delivery_stream/data-ingested", "monthly_data_ingested_gb", 10);
    Ok(())
}
