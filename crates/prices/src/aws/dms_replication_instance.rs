//! aws_dms_replication_instance: the instance by the hour, storage beyond what is included.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let class = r.text("replication_instance_class").required()?;
    let class = class.trim_start_matches("dms.").to_owned();
    let zones = if r.flag("multi_az").known_or(false) { 2 } else { 1 };
    bill.hourly_class(&format!("Instance, {class}"), &format!("aws/dms/{class}"), &class, zones);
    // Fifty GB are included with the small classes, a hundred with the large ones (DMS User Guide, 2026-08).
    let free = whole(if class.starts_with('t') { 50 } else { 100 });
    let size = r.number("allocated_storage").known_or(free).max(free).saturating_sub(free);
    if size > Quantity::ZERO {
        let size = size.ratio(zones, 1).ok_or_else(|| Unpriced("too much".to_owned()));
        bill.fixed("Storage", "GB", "aws/dms/storage-gp2", size);
    }
    Ok(())
}
