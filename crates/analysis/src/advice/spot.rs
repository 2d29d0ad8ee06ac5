//! On-demand instances of Auto Scaling groups that could use Spot capacity.

use tollgate_model::recommendation::{Effort, Recommendation, Saving};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::machines::find_machine;
use super::{AdviceInput, AdviceKind};

/// Words in tags of workloads that tolerate interruptions.
const WORDS: [&str; 6] = ["batch", "ci", "dev", "runner", "test", "worker"];

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "spot",
    title: "Use Spot capacity",
    action_type: "MigrateToSpot",
    method: "On-demand instances of an Auto Scaling group whose tags contain batch, ci, dev, runner, test or worker, of a type with \
             Spot capacity. After \"Best practices for Amazon EC2 Spot\": a group with several types survives interruptions.",
    safeguard: "Instances outside an Auto Scaling group are left out. Spot prices change and are not in the price book, so no \
             saving is estimated.",
    confidence: 50,
    effort: Effort::High,
    restart: true,
    rollback: true,
    risk: Risk::High,
    metrics: &[(ResourceType::Instance, Metric::CpuMaximum)],
    advise,
};

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    for resource in input.resources_of(ResourceType::Instance) {
        let Shape::Instance { state, instance_type, lifecycle: None, .. } = &resource.shape else { continue };
        let Some(group) = resource.tags.get("aws:autoscaling:groupName") else { continue };
        let tags = resource.tags.iter().filter(|(key, _)| !key.starts_with("aws:"));
        let mut words = tags.flat_map(|(_, value)| value.split(['-', '_', ' ', '/', '.']));
        let word = words.find(|w| WORDS.contains(&w.to_lowercase().as_str()));
        let (Some(word), Some(now)) = (word, find_machine(instance_type)) else { continue };
        if state != "running" || !now.spot {
            continue;
        }
        RecommendationBuilder::for_resource(input, &KIND, resource, format!("use Spot capacity in group {group}"))
            .evidence("group", group)
            .evidence("tag", word)
            .evidence("interruption", "at any time with two minutes of notice; more often with a single instance type")
            .saves(Saving::unknown(input.currency, "Spot prices change hourly; see the Spot Instance Advisor"))
            .push_to(out);
    }
}
