//! gp2 volumes, which are cheaper as gp3.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::{AdviceInput, AdviceKind};

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "gp2_to_gp3",
    title: "Move a volume from gp2 to gp3",
    action_type: "Upgrade",
    method: "gp3 with the IOPS and throughput that gp2 has at this size, at list prices of both. After \"Amazon EBS volume types\": \
             gp2 has 3 IOPS per GiB, from 100 to 16,000, and up to 250 MiB/s; gp3 includes 3,000 IOPS and 125 MiB/s.",
    safeguard: "Never fewer IOPS or less throughput than gp2 has at this size, including its bursts. No detach and no restart.",
    confidence: 95,
    effort: Effort::VeryLow,
    restart: false,
    rollback: true,
    risk: Risk::Low,
    metrics: &[],
    advise,
};

/// The IOPS and MiB/s that gp3 needs to match gp2.
fn kept(size_gib: u32) -> (u32, u32) {
    let iops = (size_gib.saturating_mul(3)).clamp(3000, 16_000);
    // gp2: 128 MiB/s up to 170 GiB, 250 MiB/s from 334 GiB; sizes in between burst to 250 MiB/s.
    let throughput = if size_gib <= 170 { 128 } else { 250 };
    (iops, throughput)
}

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    for resource in input.resources_of(ResourceType::Volume) {
        let Shape::Volume { state, volume_type, size_gib, becoming: None, .. } = &resource.shape else { continue };
        if volume_type != "gp2" || !["in-use", "available"].contains(&state.as_str()) {
            continue;
        }
        let (iops, throughput) = kept(*size_gib);
        let then = json!({ "type": "gp3", "size": size_gib, "iops": iops, "throughput": throughput });
        RecommendationBuilder::for_resource(
            input,
            &KIND,
            resource,
            format!("move {size_gib} GiB from gp2 to gp3 with {iops} IOPS and {throughput} MiB/s"),
        )
        .evidence("IOPS of gp2", size_gib.saturating_mul(3).clamp(100, 16_000))
        .suggested_change(
            "modify_volume",
            &[("volume_type", "gp3".into()), ("iops", iops.into()), ("throughput", throughput.into())],
        )
        .saves_difference(resource, "aws_ebs_volume", json!({ "type": "gp2", "size": size_gib }), then)
        .push_to(out);
    }
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn nothing_of_gp2_is_lost() {
        assert_eq!(
            (kept(8), kept(170), kept(334), kept(1000), kept(2000), kept(16_000)),
            ((3000, 128), (3000, 128), (3000, 250), (3000, 250), (6000, 250), (16_000, 250))
        );
    }
}
