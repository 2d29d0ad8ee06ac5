//! aws_dx_connection: the port by the hour, by its speed.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let speed = r.text("bandwidth").needed()?;
    match speed.as_str() {
        "1Gbps" => bill.hourly("Port, 1Gbps", "aws/dx_connection/dx-connection", 1),
        other => bill.untold(&format!("Port, {other}"), "this speed has no price here yet"),
    }
    Ok(())
}
