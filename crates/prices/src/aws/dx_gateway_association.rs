//! aws_dx_gateway_association: with a transit gateway, by the hour and processed data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    let of = |words: &str| format!("aws/dx_gateway_association/{words}");
    bill.hourly("Attachment", &of("transit-gateway-attachment"), 1);
    bill.usage("Data processed", "GB", &of("data-processed"), "monthly_data_processed_gb", 100);
    Ok(())
}
