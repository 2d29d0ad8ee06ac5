//! aws_config_configuration_recorder: items that are recorded.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.used("Items", "records", "aws/config_configuration_recorder/config-items", "monthly_config_items", 1000);
    Ok(())
}
