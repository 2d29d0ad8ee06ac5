//! aws_nat_gateway: by the hour, and by processed data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.hourly("NAT gateway", "aws/nat_gateway/nat-gateway", 1);
    bill.usage("Data processed", "GB", "aws/nat_gateway/data-processed", "monthly_data_processed_gb", 100);
    Ok(())
}
