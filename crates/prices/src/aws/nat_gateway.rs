//! aws_nat_gateway: by the hour, and by what passes through.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.hourly("NAT gateway", "aws/nat_gateway/nat-gateway", 1);
    bill.used("Data processed", "GB", "aws/nat_gateway/data-processed", "monthly_data_processed_gb", 100);
    Ok(())
}
