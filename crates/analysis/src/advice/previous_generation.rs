//! A machine of a family that has a successor at a lower price.

use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{ResourceType, Risk, Shape};

use super::draft::Draft;
use super::idle_instance::bare;
use super::machines::successor;
use super::rightsize_database::attributes;
use super::{Kind, Scene};

pub(super) const KIND: Kind = Kind {
    name: "previous_generation",
    title: "Move to the generation after",
    action_type: "Upgrade",
    method: "The same size of the successor that AWS names (\"Previous generation instances\"), where it has at least as many vCPU and \
             as much memory and list prices say it is cheaper in the region.",
    guard: "The same architecture only; spot and groups are left out; drivers for NVMe and ENA must be in the image, which is told.",
    confidence: 75,
    effort: Effort::Medium,
    restart: true,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    for resource in scene.resources {
        let (now, kind, then, suggested_change) = match &resource.shape {
            Shape::Instance { state, instance_type, lifecycle: None, .. }
                if state == "running" && !resource.tags.contains_key("aws:autoscaling:groupName") =>
            {
                let Some(to) = successor(instance_type) else { continue };
                (
                    bare(instance_type),
                    "aws_instance",
                    (bare(to.name), instance_type, to.name.to_owned()),
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
        Draft::of(scene, &KIND, resource, format!("move from {old} to {new}"))
            .saw("successor", &new)
            .suggested_change(suggested_change, &[(field, new.clone().into())])
            .saves_difference(resource, kind, now, then)
            .note("the image needs drivers for NVMe and ENA")
            .put(out);
    }
}
