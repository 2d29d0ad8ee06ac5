//! aws_config_configuration_recorder: recorded items.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Items", "records", "aws/config_configuration_recorder/config-items", "monthly_config_items", 1000);
    Ok(())
}
