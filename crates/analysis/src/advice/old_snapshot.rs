//! A snapshot that nobody needs any more.

use std::collections::BTreeSet;

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{ResourceType, Risk, Shape};

use super::draft::Draft;
use super::{Kind, Scene};

pub(super) const KIND: Kind = Kind {
    name: "old_snapshot",
    title: "Delete an old snapshot",
    action_type: "Delete",
    method: "Older than advice.snapshot_days, of a volume that is gone. After \"Amazon EBS snapshot lifecycle\": snapshots of a volume \
             share blocks, so at most the size of the volume is saved, and often less.",
    guard: "What an image of this account is made of, what AWS Backup or a lifecycle policy keeps, what is archived, and the newest of \
            each volume that still exists are left out.",
    confidence: 70,
    effort: Effort::Low,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    let volumes: BTreeSet<&str> = scene.of(ResourceType::Volume).map(|v| v.id.as_str()).collect();
    let mut of_images: BTreeSet<&str> = BTreeSet::new();
    for image in scene.of(ResourceType::Image) {
        if let Shape::Image { snapshots, .. } = &image.shape {
            of_images.extend(snapshots.iter().map(String::as_str));
        }
    }
    for resource in scene.of(ResourceType::Snapshot) {
        let Shape::Snapshot { state, volume, size_gib, tier, .. } = &resource.shape else { continue };
        let managed = resource.tags.keys().any(|k| k.starts_with("aws:backup:") || k.starts_with("aws:dlm:"));
        let age = scene.age(resource).unwrap_or(0);
        let wanted = of_images.contains(resource.id.as_str()) || volumes.contains(volume.as_str());
        if state != "completed" || tier != "standard" || managed || wanted || age < scene.thresholds.snapshot_days {
            continue;
        }
        Draft::of(scene, &KIND, resource, format!("delete a snapshot of {size_gib} GiB that is {age} days old"))
            .saw("its volume", format!("{volume} is gone"))
            .saw("images made of it", "none")
            .suggested_change("delete_snapshot", &[])
            .saves_all(resource, "aws_ebs_snapshot", json!({ "volume_size": size_gib }))
            .note("snapshots share blocks: what only this one has is saved")
            .put(out);
    }
}
