//! A machine of a group that spot capacity could carry.

use tollgate_model::recommendation::{Effort, Recommendation, Saving};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::draft::Draft;
use super::machines::machine;
use super::{Kind, Scene};

/// Tags that say that an interruption hurts nobody.
const WORDS: [&str; 6] = ["batch", "ci", "dev", "runner", "test", "worker"];

pub(super) const KIND: Kind = Kind {
    name: "spot",
    title: "Use spot capacity",
    action_type: "MigrateToSpot",
    method: "Instances of an Auto Scaling group on demand whose tags call them batch, ci, dev, runner, test or worker, of a type that has \
             spot capacity. After \"Best practices for Amazon EC2 Spot\": a group with several types survives interruptions.",
    guard: "Never a machine outside of a group. The price of spot moves and is not in a book: no saving is promised.",
    confidence: 50,
    effort: Effort::High,
    restart: true,
    rollback: true,
    risk: Risk::High,
    metrics: &[(ResourceType::Instance, Metric::CpuMaximum)],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    for resource in scene.of(ResourceType::Instance) {
        let Shape::Instance { state, instance_type, lifecycle: None, .. } = &resource.shape else { continue };
        let Some(group) = resource.tags.get("aws:autoscaling:groupName") else { continue };
        let said = resource.tags.iter().filter(|(key, _)| !key.starts_with("aws:"));
        let mut words = said.flat_map(|(_, value)| value.split(['-', '_', ' ', '/', '.']));
        let word = words.find(|w| WORDS.contains(&w.to_lowercase().as_str()));
        let (Some(word), Some(now)) = (word, machine(instance_type)) else { continue };
        if state != "running" || !now.spot {
            continue;
        }
        Draft::of(scene, &KIND, resource, format!("use spot capacity in group {group}"))
            .saw("group", group)
            .saw("its tags say", word)
            .saw("interruption", "two minutes of notice, at any time; more often where one type is asked for")
            .saves(Saving::unknown(
                scene.currency,
                "the price of spot moves by the hour; the Spot Instance Advisor shows it",
            ))
            .put(out);
    }
}
