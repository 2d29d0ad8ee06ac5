//! aws_cloudhsm_v2_hsm: by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    let part = bill.known_usage("monthly_hrs").and_then(|(hours, _)| hours.ratio(1, HOURS));
    bill.hourly("Security module", "aws/cloudhsm_v2_hsm/hsm-usage", part.unwrap_or_else(|| whole(1)));
    Ok(())
}
