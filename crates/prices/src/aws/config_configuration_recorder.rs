//! aws_config_configuration_recorder: recorded items.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Items", "records", "aws/config_configuration_recorder/config-items", "monthly_config_items", 1000);
    bill.known(
        "Custom items",
        "records",
        "aws/config_configuration_recorder/custom-config-items",
        "monthly_custom_config_items",
    );
    Ok(())
}
