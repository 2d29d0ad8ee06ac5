//! aws_cloudhsm_v2_hsm: by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.hourly("Security module", "aws/cloudhsm_v2_hsm/hsm-usage", 1);
    Ok(())
}
