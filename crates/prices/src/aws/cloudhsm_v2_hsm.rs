//! aws_cloudhsm_v2_hsm: by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.hourly("Security module", "aws/cloudhsm_v2_hsm/hsm-usage", 1);
    Ok(())
}
