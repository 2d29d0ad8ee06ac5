//! aws_neptune_cluster_instance: the instance by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let class = r.text("instance_class").required()?;
    let key = format!("aws/neptune_cluster_instance/database-instance-on-demand-{class}");
    bill.hourly_class(&format!("Instance, {class}"), &key, &class, 1);
    super::databases::cpu_credits(&class, "aws/neptune_cluster_instance/cpu-credits", bill);
    Ok(())
}
