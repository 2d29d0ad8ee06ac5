//! aws_eks_node_group: instances of its type or template, between the minimum and the maximum.

use crate::prelude::*;

use super::machines::{instance, template_volumes};
use crate::resource::Attributes;

/// The default disk of a node (EKS User Guide, 2026-08).
const USUAL: (&str, i64) = ("t3.medium", 20);

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let at = |name: &str| r.number(&format!("scaling_config.{name}"));
    let count = match bill.known_usage("instances") {
        Some((instances, _)) => Span::exactly(instances),
        None => {
            let (least, most) = (at("min_size").required()?, at("max_size").required()?);
            let wanted = at("desired_size").known_or(least).max(least).min(most.max(least));
            Span::between(least, wanted, most)
        }
    };
    let template = r
        .referred("launch_template.id", "aws_launch_template")
        .or_else(|| r.referred("launch_template.name", "aws_launch_template"));
    let spot = r.text("capacity_type").known_or(String::new()) == "SPOT";
    bill.repeat("", count, |bill| {
        let first = r.items("instance_types").unwrap_or_default().first().and_then(|t| t.as_text().map(str::to_owned));
        let of_template = || template.as_ref().and_then(|t| t.text("instance_type").optional().ok().flatten());
        let kind = first.or_else(of_template).unwrap_or_else(|| USUAL.0.to_owned());
        if spot {
            bill.unpriced(&format!("Instance, spot, {kind}"), "spot prices vary");
        } else {
            let none = Attributes::new(tollgate_expression::Value::Null);
            instance(Ok(kind), template.as_ref().unwrap_or(&none), bill);
        }
        match &template {
            Some(template) => template_volumes(template, bill),
            None => {
                let size = r.number("disk_size").known_or(whole(USUAL.1));
                bill.fixed("Root volume: Storage, gp2", "GB", "aws/ebs_volume/storage-general-purpose-ssd-gp2", size);
            }
        }
        Ok(())
    })
}
