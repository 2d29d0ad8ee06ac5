//! Instances and databases of a previous generation with a cheaper successor.

use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::idle_instance::without_volumes;
use super::machines::successor;
use super::rightsize_database::attributes;
use super::{AdviceInput, AdviceKind};

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "previous_generation",
    title: "Move to the next generation",
    action_type: "Upgrade",
    method: "The same size of the successor that AWS names (\"Previous generation instances\"), if it has at least as many vCPUs \
             and as much memory and list prices in the region are lower.",
    safeguard: "Only successors with the same architecture. Spot Instances and Auto Scaling groups are left out. The recommendation \
             notes that the image needs NVMe and ENA drivers.",
    confidence: 75,
    effort: Effort::Medium,
    restart: true,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[],
    advise,
};

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    for resource in input.resources {
        let (now, kind, then, suggested_change) = match &resource.shape {
            Shape::Instance { state, instance_type, lifecycle: None, .. }
                if state == "running" && !resource.tags.contains_key("aws:autoscaling:groupName") =>
            {
                let Some(to) = successor(instance_type) else { continue };
                (
                    without_volumes(instance_type),
                    "aws_instance",
                    (without_volumes(to.name), instance_type, to.name.to_owned()),
                    "resize_instance",
                )
            }
            Shape::Database { state, class, cluster: None, .. } if state == "available" => {
                let Some(to) = successor(class) else { continue };
                let name = format!("db.{}", to.name);
                let then = attributes(&resource.shape, &name);
                (attributes(&resource.shape, class), "aws_db_instance", (then, class, name), "resize_database")
            }
            _ => continue,
        };
        let (then, old, new) = then;
        let field = if resource.resource_type() == ResourceType::Database { "class" } else { "instance_type" };
        RecommendationBuilder::for_resource(input, &KIND, resource, format!("move from {old} to {new}"))
            .evidence("successor", &new)
            .suggested_change(suggested_change, &[(field, new.clone().into())])
            .saves_difference(resource, kind, now, then)
            .note("the image needs NVMe and ENA drivers")
            .push_to(out);
    }
}
