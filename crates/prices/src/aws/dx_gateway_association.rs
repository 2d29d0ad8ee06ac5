//! aws_dx_gateway_association: with a transit gateway, by the hour and what passes through.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    let of = |words: &str| format!("aws/dx_gateway_association/{words}");
    bill.hourly("Attachment", &of("transit-gateway-attachment"), 1);
    bill.used("Data processed", "GB", &of("data-processed"), "monthly_data_processed_gb", 100);
    Ok(())
}
