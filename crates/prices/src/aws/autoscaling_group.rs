//! aws_autoscaling_group: instances of its template; the desired number, between the minimum and the maximum.

use crate::prelude::*;

use super::machines::{instance, template_volumes, volumes};

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let (least, most) = (r.number("min_size").required()?, r.number("max_size").required()?);
    let wanted = r.number("desired_capacity").known_or(least).max(least).min(most.max(least));
    let times = Span::between(least, wanted, most);
    let of = |path: &str| {
        r.referred(&format!("{path}.id"), "aws_launch_template")
            .or_else(|| r.referred(&format!("{path}.name"), "aws_launch_template"))
    };
    let mixed = "mixed_instances_policy.launch_template";
    let template = of("launch_template").or_else(|| {
        let path = format!("{mixed}.launch_template_specification");
        r.referred(&format!("{path}.launch_template_id"), "aws_launch_template")
            .or_else(|| r.referred(&format!("{path}.launch_template_name"), "aws_launch_template"))
    });
    // Of several types, the first is the preferred one.
    let preferred =
        || r.known_items(&format!("{mixed}.override")).first()?.text("instance_type").optional().ok().flatten();
    let old = r.referred("launch_configuration", "aws_launch_configuration");
    bill.repeat("", times, |bill| {
        match (template, old) {
            (Some(template), _) => {
                let kind = preferred().map_or_else(|| template.text("instance_type").required(), Ok);
                instance(kind, &template, bill);
                template_volumes(&template, bill);
            }
            (None, Some(old)) => {
                instance(old.text("instance_type").required(), &old, bill);
                volumes(&old, bill);
            }
            (None, None) if r.plan_has("aws_launch_template") => {
                bill.unpriced("Instances", "the plan does not contain which launch template the group uses");
            }
            (None, None) => bill.unpriced("Instances", "the template of the group is not in this plan"),
        }
        Ok(())
    })
}
