//! aws_docdb_cluster_instance: the machine by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let class = r.text("instance_class").needed()?;
    let key = format!("aws/docdb_cluster_instance/database-instance-on-demand-{class}");
    bill.hourly_class(&format!("Instance, {class}"), &key, &class, 1);
    Ok(())
}
