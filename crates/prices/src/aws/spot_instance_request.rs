//! aws_spot_instance_request: spot prices vary, so the instance is unpriced; its volumes are priced.

use crate::prelude::*;

use super::machines::volumes;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("instance_type").known_or("of a type that is not known".to_owned());
    bill.unpriced(&format!("Instance, spot, {kind}"), "spot prices vary");
    volumes(r.attributes(), bill);
    Ok(())
}
