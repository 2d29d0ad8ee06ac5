//! aws_dx_connection: the port by the hour, by its speed.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let speed = r.text("bandwidth").required()?;
    match speed.as_str() {
        "1Gbps" => bill.hourly("Port, 1Gbps", "aws/dx_connection/dx-connection", 1),
        other => bill.unpriced(&format!("Port, {other}"), "this speed has no price yet"),
    }
    Ok(())
}
