//! aws_instance: the machine by the hour, its volumes, detailed monitoring.

use crate::prelude::*;

use super::machines::{instance, volumes};

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let template = r.referred("launch_template.id", "aws_launch_template");
    let template = template.or_else(|| r.referred("launch_template.name", "aws_launch_template"));
    let own = r.text("instance_type").told();
    let kind = match (own, &template) {
        (Ok(Some(kind)), _) => Ok(kind),
        (_, Some(template)) => template.text("instance_type").needed(),
        (Ok(None), None) => Err(Untold("neither the resource nor a template of this plan says its type".to_owned())),
        (Err(why), None) => Err(why),
    };
    instance(kind, r, bill);
    volumes(r, bill);
    Ok(())
}
