//! aws_globalaccelerator_accelerator: by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.priced_globally();
    bill.hourly("Accelerator", "aws/globalaccelerator_accelerator/fixed-fee", 1);
    Ok(())
}
