//! Databases whose class is larger than they need.

use serde_json::{Value, json};
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::machines::{find_machine, smaller_types};
use super::usage::percentile;
use super::{AdviceInput, AdviceKind};

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "rightsize_database",
    title: "Resize an oversized database",
    action_type: "Rightsize",
    method: "The next smaller class of the same family, if it keeps the 99th percentile of the hourly maximum CPU utilization below \
             100 % minus advice.headroom_percent. Database memory is a cache whose use is not visible from outside, so one step at \
             a time is recommended.",
    safeguard: "Cluster members and burstable classes are left out. The class is changed in a maintenance window.",
    confidence: 65,
    effort: Effort::Medium,
    restart: true,
    rollback: true,
    risk: Risk::High,
    metrics: &[(ResourceType::Database, Metric::CpuMaximum), (ResourceType::Database, Metric::Connections)],
    advise,
};

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    let room = f64::from(100 - input.thresholds.headroom_percent.min(90));
    for resource in input.resources_of(ResourceType::Database) {
        let Shape::Database { state, class, cluster, .. } = &resource.shape else { continue };
        let Some(now) = find_machine(class) else { continue };
        if state != "available" || cluster.is_some() || now.burstable {
            continue;
        }
        let Some(cpu) = input.metric(resource, Metric::CpuMaximum).and_then(|m| percentile(m, 99)) else { continue };
        let connections = input.metric(resource, Metric::Connections).and_then(|m| percentile(m, 100));
        // A database without connections is covered by idle_database.
        if connections == Some(0.0) {
            continue;
        }
        let Some(to) = smaller_types(now).next().filter(|to| cpu * f64::from(now.vcpu) / f64::from(to.vcpu) <= room)
        else {
            continue;
        };
        let then = format!("db.{}", to.name);
        RecommendationBuilder::for_resource(input, &KIND, resource, format!("resize from {class} to {then}"))
            .evidence("CPU, 99th percentile of hourly maxima", format!("{cpu:.1} % of {} vCPU", now.vcpu))
            .evidence("maximum connections", connections.map_or("unknown".to_owned(), |c| format!("{c:.0}")))
            .suggested_change("resize_database", &[("class", then.clone().into())])
            .saves_difference(
                resource,
                "aws_db_instance",
                attributes(&resource.shape, class),
                attributes(&resource.shape, &then),
            )
            .push_to(out);
    }
}

/// The attributes of a database with a class, for price estimates.
pub(super) fn attributes(shape: &Shape, class: &str) -> Value {
    let Shape::Database { engine, storage_type, size_gib, multi_az, .. } = shape else { return Value::Null };
    json!({
        "engine": engine,
        "instance_class": class,
        "storage_type": storage_type,
        "allocated_storage": size_gib,
        "multi_az": multi_az,
    })
}
