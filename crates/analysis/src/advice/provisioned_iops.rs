//! Operations that are provisioned and not used.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::draft::Draft;
use super::usage::percentile;
use super::{Kind, Scene};

/// What gp3 can have at most, in operations a second.
const GP3: f64 = 16_000.0;
/// What a gp3 volume has for nothing.
const FREE: f64 = 3000.0;

pub(super) const KIND: Kind = Kind {
    name: "provisioned_iops",
    title: "Move a volume of provisioned operations to gp3",
    action_type: "Rightsize",
    method: "io1 and io2: the 99th percentile of the hours' operations a second, with advice.headroom_percent of room, is what gp3 can \
             give. After \"Amazon EBS volume types\" and the volume recommendations of AWS Compute Optimizer.",
    guard: "An hour's sum hides bursts within it, so three times the mean of the busiest hours is kept; io2 is advised with less \
            confidence as it is more durable.",
    confidence: 70,
    effort: Effort::Low,
    restart: false,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[(ResourceType::Volume, Metric::DiskOperations)],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    for resource in scene.of(ResourceType::Volume) {
        let Shape::Volume { state, volume_type, size_gib, iops: Some(iops), becoming: None, attached_to, .. } =
            &resource.shape
        else {
            continue;
        };
        // One that several machines share cannot be gp3.
        if !volume_type.starts_with("io") || state != "in-use" || attached_to.len() > 1 {
            continue;
        }
        let Some(busiest) = scene.metric(resource, Metric::DiskOperations).and_then(|m| percentile(m, 99)) else {
            continue;
        };
        let mean = busiest / 3600.0;
        let needs = mean * 3.0 * 100.0 / f64::from(100 - scene.thresholds.headroom_percent.min(90));
        if needs > GP3.min(f64::from(*iops)) {
            continue;
        }
        let keeps = (needs.max(FREE) / 100.0).ceil() * 100.0;
        let keeps = keeps as u32;
        let throughput = 250;
        let now = json!({ "type": volume_type, "size": size_gib, "iops": iops });
        let then = json!({ "type": "gp3", "size": size_gib, "iops": keeps, "throughput": throughput });
        let draft = Draft::of(
            scene,
            &KIND,
            resource,
            format!("move {size_gib} GiB from {volume_type} with {iops} IOPS to gp3 with {keeps}"),
        )
        .saw("operations a second in the busiest hours", format!("{mean:.0}"))
        .saw("provisioned", iops)
        .suggested_change(
            "modify_volume",
            &[("volume_type", "gp3".into()), ("iops", keeps.into()), ("throughput", throughput.into())],
        )
        .saves_difference(resource, "aws_ebs_volume", now, then);
        let draft = if volume_type == "io2" { draft.less_sure(20).note("io2 is more durable than gp3") } else { draft };
        draft.put(out);
    }
}
