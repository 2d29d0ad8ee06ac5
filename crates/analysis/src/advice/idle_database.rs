//! A database that nobody connects to, or that stands still and wakes by itself every week.

use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::draft::Draft;
use super::rightsize_database::attributes;
use super::usage::percentile;
use super::{Kind, Scene};

pub(super) const KIND: Kind = Kind {
    name: "idle_database",
    title: "Stop a database that nobody connects to",
    action_type: "Stop",
    method: "No connection in any hour of advice.idle_days; or stopped, and paid for its storage. After the idle check of AWS Trusted \
             Advisor (no connection for 7 days).",
    guard: "Nine of ten hours must be told, and the hour's highest count is zero; replicas and what has replicas are left out; \
            members of a cluster cannot be stopped alone.",
    confidence: 85,
    effort: Effort::Low,
    restart: true,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[(ResourceType::Database, Metric::Connections)],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    let days = scene.thresholds.idle_days;
    for resource in scene.of(ResourceType::Database) {
        let Shape::Database { state, class, cluster, replica_of, replicas, size_gib, .. } = &resource.shape else {
            continue;
        };
        if cluster.is_some() || replica_of.is_some() || !replicas.is_empty() {
            continue;
        }
        match state.as_str() {
            "available" => {
                let connections = scene.metric(resource, Metric::Connections).and_then(|m| percentile(m, 100));
                if connections != Some(0.0) || scene.age(resource).is_none_or(|age| age < days) {
                    continue;
                }
                Draft::of(
                    scene,
                    &KIND,
                    resource,
                    format!("stop {class}, to which nobody has connected for {days} days"),
                )
                .saw("most connections in an hour", "0")
                .suggested_change("stop_database", &[])
                .saves_all(resource, "aws_db_instance", attributes(&resource.shape, class))
                .note("its storage goes on costing, and RDS starts it again after seven days")
                .put(out);
            }
            "stopped" => {
                Draft::of(
                    scene,
                    &KIND,
                    resource,
                    format!("take a last snapshot of {class} and delete it: it is stopped"),
                )
                .saw("state", "stopped; RDS starts it again after seven days")
                .saw("storage that is paid for", format!("{size_gib} GiB"))
                .effort(Effort::Medium)
                .less_sure(25)
                .riskier()
                .saves_all(resource, "aws_db_instance", attributes(&resource.shape, class))
                .note("while it is stopped only its storage and backups cost; charges tell how much")
                .put(out);
            }
            _ => {}
        }
    }
}
