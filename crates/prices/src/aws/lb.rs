//! aws_lb: by the hour, and by capacity units of processed data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("load_balancer_type").known_or("application".to_owned());
    bill.hourly(&format!("Load balancer, {kind}"), &format!("aws/lb/{kind}-load-balancer"), 1);
    // A unit is one GB per hour; its use is billed.
    let (gigabytes, origin) = bill.usage_figure("processed_bytes_gb", 100);
    let units = gigabytes.try_map(|gb| gb.ratio(1, HOURS)).ok_or_else(|| Unpriced("too much".to_owned()));
    bill.usage_quantity("Capacity units", "LCU", &format!("aws/lb/lcu-{kind}"), units, origin);
    Ok(())
}
