//! aws_rds_cluster_instance: an Aurora instance by the hour, or capacity units for Serverless.

use crate::prelude::*;

use super::databases::{
    class_keys, cpu_credits, extended_support, performance_insights, product_of, reservation, reserved,
};

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let class = r.text("instance_class").required()?;
    let cluster = r.referred("cluster_identifier", "aws_rds_cluster");
    let of_cluster = |name: &str| cluster.as_ref().and_then(|c| c.text(name).optional().ok().flatten());
    let optimized = of_cluster("storage_type").is_some_and(|kind| kind == "aurora-iopt1");
    if class == "db.serverless" {
        serverless(cluster.as_ref(), optimized, bill);
        performance_insights(r, "serverless", "rds_cluster_instance", bill);
        return Ok(());
    }
    let engine = r.text("engine").optional().ok().flatten().or_else(|| of_cluster("engine"));
    let engine = engine.unwrap_or_else(|| "aurora-mysql".to_owned());
    let name = format!("Instance, {engine}, {class}");
    if let Some(terms) = reservation(bill) {
        reserved(&name, &format!("aws/reserved/rds/{}/{class}", product_of(&engine, "")), &terms, 1, bill);
    } else if optimized && product_of(&engine, "") == "aurora" {
        // I/O-Optimized has no charge for operations, and instances of a price of its own.
        let key = format!("aws/rds/aurora-io-optimized/{class}");
        bill.hourly_class(&format!("{name}, I/O-Optimized"), &key, &class, 1);
    } else {
        bill.hourly_first(&name, &class_keys(&engine, "", &class), &class, 1);
    }
    extended_support(r, &engine, &class, 1, bill);
    performance_insights(r, &class, "rds_cluster_instance", bill);
    cpu_credits(&class, "aws/rds_cluster_instance/cpu-credits", bill);
    Ok(())
}

/// Adds the capacity units of Serverless v2, between the minimum and the maximum of the cluster.
fn serverless(cluster: Option<&crate::resource::Attributes>, optimized: bool, bill: &mut Bill<'_>) {
    let bound = |name: &str, usual: Quantity| {
        let path = format!("serverlessv2_scaling_configuration.{name}");
        cluster.map_or(usual, |c| c.number(&path).known_or(usual))
    };
    let key = if optimized { "aurora-serverless-v2-i/o-optimized" } else { "aurora-serverless-v2" };
    let key = format!("aws/rds_cluster_instance/{key}");
    if let Some((units, origin)) = bill.known_usage("capacity_units_per_hr") {
        let hours = units.ratio(HOURS, 1).map(Span::exactly).ok_or_else(|| Unpriced("is out of range".to_owned()));
        bill.usage_quantity("Aurora Serverless v2", "ACU-hours", &key, hours, origin);
        return;
    }
    if cluster.is_none() {
        return bill.unpriced("Aurora Serverless v2", "the capacity of its cluster is not in this plan");
    }
    let (least, most) = (bound("min_capacity", whole(1)), bound("max_capacity", whole(1)));
    let hours = Span::between(least, least, most).try_map(|units| units.ratio(HOURS, 1));
    let hours = hours.ok_or_else(|| Unpriced("its capacity is too large".to_owned()));
    bill.fixed("Aurora Serverless v2", "ACU-hours", &key, hours);
}
