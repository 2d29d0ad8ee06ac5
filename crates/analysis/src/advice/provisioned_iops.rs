//! Volumes with provisioned IOPS that are not used.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::usage::percentile;
use super::{AdviceInput, AdviceKind};

/// The maximum IOPS of gp3.
const GP3: f64 = 16_000.0;
/// The IOPS included in the price of a gp3 volume.
const FREE: f64 = 3000.0;

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "provisioned_iops",
    title: "Move a volume with provisioned IOPS to gp3",
    action_type: "Rightsize",
    method: "io1 and io2 volumes whose 99th percentile of hourly IOPS, plus advice.headroom_percent of headroom, is within the \
             limits of gp3. After \"Amazon EBS volume types\" and the volume recommendations of AWS Compute Optimizer.",
    safeguard: "An hourly sum hides bursts within the hour, so three times the mean of the busiest hours is kept. io2 has a lower \
             confidence because it is more durable than gp3.",
    confidence: 70,
    effort: Effort::Low,
    restart: false,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[(ResourceType::Volume, Metric::DiskOperations)],
    advise,
};

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    for resource in input.resources_of(ResourceType::Volume) {
        let Shape::Volume { state, volume_type, size_gib, iops: Some(iops), becoming: None, attached_to, .. } =
            &resource.shape
        else {
            continue;
        };
        // A volume that several instances share cannot be gp3.
        if !volume_type.starts_with("io") || state != "in-use" || attached_to.len() > 1 {
            continue;
        }
        let Some(busiest) = input.metric(resource, Metric::DiskOperations).and_then(|m| percentile(m, 99)) else {
            continue;
        };
        let mean = busiest / 3600.0;
        let needs = mean * 3.0 * 100.0 / f64::from(100 - input.thresholds.headroom_percent.min(90));
        if needs > GP3.min(f64::from(*iops)) {
            continue;
        }
        let keeps = (needs.max(FREE) / 100.0).ceil() * 100.0;
        let keeps = keeps as u32;
        let throughput = 250;
        let now = json!({ "type": volume_type, "size": size_gib, "iops": iops });
        let then = json!({ "type": "gp3", "size": size_gib, "iops": keeps, "throughput": throughput });
        let draft = RecommendationBuilder::for_resource(
            input,
            &KIND,
            resource,
            format!("move {size_gib} GiB from {volume_type} with {iops} IOPS to gp3 with {keeps}"),
        )
        .evidence("IOPS in the busiest hours", format!("{mean:.0}"))
        .evidence("provisioned IOPS", iops)
        .suggested_change(
            "modify_volume",
            &[("volume_type", "gp3".into()), ("iops", keeps.into()), ("throughput", throughput.into())],
        )
        .saves_difference(resource, "aws_ebs_volume", now, then);
        let draft =
            if volume_type == "io2" { draft.lower_confidence(20).note("io2 is more durable than gp3") } else { draft };
        draft.push_to(out);
    }
}
