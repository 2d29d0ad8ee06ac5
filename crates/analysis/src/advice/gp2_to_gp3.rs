//! A gp2 volume: gp3 does the same for less.

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{ResourceType, Risk, Shape};

use super::draft::Draft;
use super::{Kind, Scene};

pub(super) const KIND: Kind = Kind {
    name: "gp2_to_gp3",
    title: "Move a volume from gp2 to gp3",
    action_type: "Upgrade",
    method: "gp3 with the operations and the throughput that gp2 gives at that size, at list prices of both. After \"Amazon EBS volume \
             types\": gp2 has 3 operations a second a GiB, 100 to 16,000, and up to 250 MiB a second; gp3 has 3,000 and 125 for nothing.",
    guard: "Never fewer operations or less throughput than gp2 has at its size, its bursts included. No detach, no restart.",
    confidence: 95,
    effort: Effort::VeryLow,
    restart: false,
    rollback: true,
    risk: Risk::Low,
    metrics: &[],
    advise,
};

/// Operations and MiB a second that keep what gp2 has.
fn kept(size_gib: u32) -> (u32, u32) {
    let iops = (size_gib.saturating_mul(3)).clamp(3000, 16_000);
    // gp2: 128 MiB a second up to 170 GiB, 250 from 334 on; between them bursts reach 250.
    let throughput = if size_gib <= 170 { 128 } else { 250 };
    (iops, throughput)
}

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    for resource in scene.of(ResourceType::Volume) {
        let Shape::Volume { state, volume_type, size_gib, becoming: None, .. } = &resource.shape else { continue };
        if volume_type != "gp2" || !["in-use", "available"].contains(&state.as_str()) {
            continue;
        }
        let (iops, throughput) = kept(*size_gib);
        let then = json!({ "type": "gp3", "size": size_gib, "iops": iops, "throughput": throughput });
        Draft::of(
            scene,
            &KIND,
            resource,
            format!("move {size_gib} GiB from gp2 to gp3 with {iops} IOPS and {throughput} MiB/s"),
        )
        .saw("operations a second that gp2 gives", size_gib.saturating_mul(3).clamp(100, 16_000))
        .suggested_change(
            "modify_volume",
            &[("volume_type", "gp3".into()), ("iops", iops.into()), ("throughput", throughput.into())],
        )
        .saves_difference(resource, "aws_ebs_volume", json!({ "type": "gp2", "size": size_gib }), then)
        .put(out);
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
