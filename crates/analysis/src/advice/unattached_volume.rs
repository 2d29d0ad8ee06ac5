//! Unattached volumes.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::{AdviceInput, AdviceKind};

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "unattached_volume",
    title: "Snapshot and delete an unattached volume",
    action_type: "Delete",
    method: "State `available`, older than advice.idle_days, and no read or write in that time by CloudWatch, which counts only \
             while a volume is attached. Based on the check of AWS Trusted Advisor for unattached volumes.",
    safeguard: "A volume that was attached in between has reads or writes. Volumes of Kubernetes claims are left out. A snapshot is \
             taken first.",
    confidence: 90,
    effort: Effort::Low,
    restart: false,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[(ResourceType::Volume, Metric::DiskOperations)],
    advise,
};

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    let days = input.thresholds.idle_days;
    for resource in input.resources_of(ResourceType::Volume) {
        let Shape::Volume { state, volume_type, size_gib, iops, throughput, .. } = &resource.shape else { continue };
        let claimed = resource.tags.keys().any(|k| k.starts_with("kubernetes.io/created-for/"));
        let old = input.age_days(resource).is_some_and(|age| age >= days);
        if state != "available" || claimed || !old || input.total_use(resource, Metric::DiskOperations) > 0.0 {
            continue;
        }
        let attributes = json!({ "type": volume_type, "size": size_gib, "iops": iops, "throughput": throughput });
        let draft = RecommendationBuilder::for_resource(
            input,
            &KIND,
            resource,
            format!("snapshot and delete {size_gib} GiB of {volume_type}"),
        )
        .evidence("attached to", "nothing")
        .evidence("created", format!("{} days ago", input.age_days(resource).unwrap_or(0)))
        .evidence("reads and writes", if input.was_measured(resource) { "none" } else { "unknown" })
        .suggested_change("delete_volume", &[])
        .saves_all(resource, "aws_ebs_volume", attributes)
        .note("the snapshot of the written data costs at most half as much a month");
        let draft = if input.was_measured(resource) { draft } else { draft.lower_confidence(15) };
        draft.push_to(out);
    }
}
