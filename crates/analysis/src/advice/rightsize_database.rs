//! A database whose class is larger than what it does.

use serde_json::{Value, json};
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::draft::Draft;
use super::machines::{machine, smaller};
use super::usage::percentile;
use super::{Kind, Scene};

pub(super) const KIND: Kind = Kind {
    name: "rightsize_database",
    title: "Resize a database to what it needs",
    action_type: "Rightsize",
    method: "The next smaller class of the same family, where the 99th percentile of the hours' highest processor use stays below \
             100 % less advice.headroom_percent. Memory is a cache there and is not read from outside, so it is one step at a time.",
    guard: "Members of a cluster and burstable classes are left out; the class is changed in a maintenance window.",
    confidence: 65,
    effort: Effort::Medium,
    restart: true,
    rollback: true,
    risk: Risk::High,
    metrics: &[(ResourceType::Database, Metric::CpuMaximum), (ResourceType::Database, Metric::Connections)],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    let room = f64::from(100 - scene.thresholds.headroom_percent.min(90));
    for resource in scene.of(ResourceType::Database) {
        let Shape::Database { state, class, cluster, .. } = &resource.shape else { continue };
        let Some(now) = machine(class) else { continue };
        if state != "available" || cluster.is_some() || now.burstable {
            continue;
        }
        let Some(cpu) = scene.metric(resource, Metric::CpuMaximum).and_then(|m| percentile(m, 99)) else { continue };
        let connections = scene.metric(resource, Metric::Connections).and_then(|m| percentile(m, 100));
        // Nobody connects to it: that is another kind of advice.
        if connections == Some(0.0) {
            continue;
        }
        let Some(to) = smaller(now).next().filter(|to| cpu * f64::from(now.vcpu) / f64::from(to.vcpu) <= room) else {
            continue;
        };
        let then = format!("db.{}", to.name);
        Draft::of(scene, &KIND, resource, format!("resize from {class} to {then}"))
            .saw("processor, 99th percentile of hourly maxima", format!("{cpu:.1} % of {} vCPU", now.vcpu))
            .saw("most connections", connections.map_or("not told".to_owned(), |c| format!("{c:.0}")))
            .suggested_change("resize_database", &[("class", then.clone().into())])
            .saves_difference(
                resource,
                "aws_db_instance",
                attributes(&resource.shape, class),
                attributes(&resource.shape, &then),
            )
            .put(out);
    }
}

/// A database of a class, as estimates take it.
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
