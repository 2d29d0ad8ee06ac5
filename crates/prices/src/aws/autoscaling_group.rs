//! aws_autoscaling_group: as many machines of its template as are wanted, between the least and the most.

use crate::prelude::*;

use super::machines::{instance, template_volumes, volumes};

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let (least, most) = (r.number("min_size").needed()?, r.number("max_size").needed()?);
    let wanted = r.number("desired_capacity").usually(least).max(least).min(most.max(least));
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
    // Of several types that may be chosen, the first is the one preferred.
    let preferred = || r.written(&format!("{mixed}.override")).first()?.text("instance_type").told().ok().flatten();
    let old = r.referred("launch_configuration", "aws_launch_configuration");
    bill.each("", times, |bill| {
        match (template, old) {
            (Some(template), _) => {
                let kind = preferred().map_or_else(|| template.text("instance_type").needed(), Ok);
                instance(kind, &template, bill);
                template_volumes(&template, bill);
            }
            (None, Some(old)) => {
                instance(old.text("instance_type").needed(), &old, bill);
                volumes(&old, bill);
            }
            (None, None) => bill.untold("Instances", "the template of the group is not in this plan"),
        }
        Ok(())
    })
}
