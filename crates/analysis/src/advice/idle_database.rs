//! Databases without connections, and stopped databases that RDS restarts every week.

use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::rightsize_database::attributes;
use super::usage::percentile;
use super::{AdviceInput, AdviceKind};

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "idle_database",
    title: "Stop an idle database",
    action_type: "Stop",
    method: "No connection in any hour of advice.idle_days; or a stopped database that still pays for storage. Based on the idle \
             check of AWS Trusted Advisor (no connection for 7 days).",
    safeguard: "Metrics must cover nine of ten hours, and the maximum of every hour must be zero. Replicas and databases with \
             replicas are left out, and so are cluster members, which cannot be stopped on their own.",
    confidence: 85,
    effort: Effort::Low,
    restart: true,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[(ResourceType::Database, Metric::Connections)],
    advise,
};

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    let days = input.thresholds.idle_days;
    for resource in input.resources_of(ResourceType::Database) {
        let Shape::Database { state, class, cluster, replica_of, replicas, size_gib, .. } = &resource.shape else {
            continue;
        };
        if cluster.is_some() || replica_of.is_some() || !replicas.is_empty() {
            continue;
        }
        match state.as_str() {
            "available" => {
                let connections = input.metric(resource, Metric::Connections).and_then(|m| percentile(m, 100));
                if connections != Some(0.0) || input.age_days(resource).is_none_or(|age| age < days) {
                    continue;
                }
                RecommendationBuilder::for_resource(
                    input,
                    &KIND,
                    resource,
                    format!("stop {class}, which had no connections for {days} days"),
                )
                .evidence("maximum connections", "0")
                .suggested_change("stop_database", &[])
                .saves_all(resource, "aws_db_instance", attributes(&resource.shape, class))
                .note("its storage is still charged, and RDS restarts it after seven days")
                .push_to(out);
            }
            "stopped" => {
                RecommendationBuilder::for_resource(
                    input,
                    &KIND,
                    resource,
                    format!("take a final snapshot of the stopped {class} and delete it"),
                )
                .evidence("state", "stopped; RDS restarts it after seven days")
                .evidence("charged storage", format!("{size_gib} GiB"))
                .effort(Effort::Medium)
                .lower_confidence(25)
                .high_risk()
                .saves_all(resource, "aws_db_instance", attributes(&resource.shape, class))
                .note("while it is stopped, only its storage and backups are charged")
                .push_to(out);
            }
            _ => {}
        }
    }
}
