//! A volume that hangs on nothing.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::draft::Draft;
use super::{Kind, Scene};

pub(super) const KIND: Kind = Kind {
    name: "unattached_volume",
    title: "Snapshot and delete a volume that hangs on nothing",
    action_type: "Delete",
    method: "State `available`, older than advice.idle_days, and not one read or write in them by CloudWatch, which counts only while a \
             volume is attached. After the check of AWS Trusted Advisor for unattached volumes.",
    guard: "One that was attached in between has reads or writes; volumes of Kubernetes claims and those tagged to be kept are left \
            out; a snapshot is taken first.",
    confidence: 90,
    effort: Effort::Low,
    restart: false,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[(ResourceType::Volume, Metric::DiskOperations)],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    let days = scene.thresholds.idle_days;
    for resource in scene.of(ResourceType::Volume) {
        let Shape::Volume { state, volume_type, size_gib, iops, throughput, .. } = &resource.shape else { continue };
        let claimed = resource.tags.keys().any(|k| k.starts_with("kubernetes.io/created-for/"));
        let old = scene.age(resource).is_some_and(|age| age >= days);
        if state != "available" || claimed || !old || scene.total(resource, Metric::DiskOperations) > 0.0 {
            continue;
        }
        let attributes = json!({ "type": volume_type, "size": size_gib, "iops": iops, "throughput": throughput });
        let draft = Draft::of(scene, &KIND, resource, format!("snapshot and delete {size_gib} GiB of {volume_type}"))
            .saw("attached to", "nothing")
            .saw("made", format!("{} days ago", scene.age(resource).unwrap_or(0)))
            .saw("reads and writes", if scene.was_measured(resource) { "none" } else { "not told" })
            .suggested_change("delete_volume", &[])
            .saves_all(resource, "aws_ebs_volume", attributes)
            .note("the snapshot costs what is written on the volume, at most half of it a month");
        let draft = if scene.was_measured(resource) { draft } else { draft.less_sure(15) };
        draft.put(out);
    }
}
