//! aws_globalaccelerator_accelerator: by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.everywhere();
    bill.hourly("Accelerator", "aws/globalaccelerator_accelerator/fixed-fee", 1);
    Ok(())
}
