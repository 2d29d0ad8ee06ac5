//! aws_lb: by the hour, and by capacity units of what passes through.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let kind = r.text("load_balancer_type").usually("application".to_owned());
    bill.hourly(&format!("Load balancer, {kind}"), &format!("aws/lb/{kind}-load-balancer"), 1);
    // A unit is a GB an hour; what is used of it is what is billed.
    let (gigabytes, origin) = bill.figure("processed_bytes_gb", 100);
    let units = gigabytes.try_map(|gb| gb.ratio(1, HOURS)).ok_or_else(|| Untold("too much".to_owned()));
    bill.used_so("Capacity units", "LCU", &format!("aws/lb/lcu-{kind}"), units, origin);
    Ok(())
}
