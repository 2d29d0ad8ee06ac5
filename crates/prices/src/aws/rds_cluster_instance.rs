//! aws_rds_cluster_instance: an Aurora instance by the hour, or capacity units for Serverless.

use crate::prelude::*;

use super::databases::class_keys;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let class = r.text("instance_class").required()?;
    if class == "db.serverless" {
        let cluster = r.referred("cluster_identifier", "aws_rds_cluster");
        let bound = |name: &str, usual: Quantity| {
            let path = format!("serverlessv2_scaling_configuration.{name}");
            cluster.as_ref().map_or(usual, |c| c.number(&path).known_or(usual))
        };
        let (least, most) = (bound("min_capacity", whole(1)), bound("max_capacity", whole(1)));
        let hours = Span::between(least, least, most).try_map(|units| units.ratio(HOURS, 1));
        let hours = hours.ok_or_else(|| Unpriced("its capacity is too large".to_owned()));
        bill.fixed("Aurora Serverless v2", "ACU-hours", "aws/rds_cluster_instance/aurora-serverless-v2", hours);
        return Ok(());
    }
    let engine = r.text("engine").known_or("aurora-mysql".to_owned());
    bill.hourly_first(&format!("Instance, {engine}, {class}"), &class_keys(&engine, &class), &class, 1);
    Ok(())
}
