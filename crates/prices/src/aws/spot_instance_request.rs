//! aws_spot_instance_request: the price of spot capacity moves; its volumes' does not.

use crate::prelude::*;

use super::machines::volumes;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let kind = r.text("instance_type").usually("of a type that is not known".to_owned());
    bill.untold(&format!("Instance, spot, {kind}"), "the price of spot capacity moves");
    volumes(r, bill);
    Ok(())
}
