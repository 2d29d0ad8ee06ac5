//! Old snapshots of deleted volumes.

use std::collections::BTreeSet;

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::{AdviceInput, AdviceKind};

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "old_snapshot",
    title: "Delete an old snapshot",
    action_type: "Delete",
    method: "Older than advice.snapshot_days, of a deleted volume. After \"Amazon EBS snapshot lifecycle\": snapshots of a volume \
             share blocks, so the saving is at most the size of the volume, and often less.",
    safeguard: "Left out: snapshots of existing volumes and of images of this account, snapshots managed by AWS Backup or a \
             lifecycle policy, and archived snapshots.",
    confidence: 70,
    effort: Effort::Low,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[],
    advise,
};

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    let volumes: BTreeSet<&str> = input.resources_of(ResourceType::Volume).map(|v| v.id.as_str()).collect();
    let mut of_images: BTreeSet<&str> = BTreeSet::new();
    for image in input.resources_of(ResourceType::Image) {
        if let Shape::Image { snapshots, .. } = &image.shape {
            of_images.extend(snapshots.iter().map(String::as_str));
        }
    }
    for resource in input.resources_of(ResourceType::Snapshot) {
        let Shape::Snapshot { state, volume, size_gib, tier, .. } = &resource.shape else { continue };
        let managed = resource.tags.keys().any(|k| k.starts_with("aws:backup:") || k.starts_with("aws:dlm:"));
        let age = input.age_days(resource).unwrap_or(0);
        let wanted = of_images.contains(resource.id.as_str()) || volumes.contains(volume.as_str());
        if state != "completed" || tier != "standard" || managed || wanted || age < input.thresholds.snapshot_days {
            continue;
        }
        RecommendationBuilder::for_resource(
            input,
            &KIND,
            resource,
            format!("delete a snapshot of {size_gib} GiB that is {age} days old"),
        )
        .evidence("volume", format!("{volume} is deleted"))
        .evidence("images that use it", "none")
        .suggested_change("delete_snapshot", &[])
        .saves_all(resource, "aws_ebs_snapshot", json!({ "volume_size": size_gib }))
        .note("snapshots share blocks: only the blocks of this snapshot alone are saved")
        .push_to(out);
    }
}
