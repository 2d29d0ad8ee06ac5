//! aws_instance: the instance by the hour, its volumes, detailed monitoring.

use crate::prelude::*;

use super::machines::{instance, volumes};

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let template = r.referred("launch_template.id", "aws_launch_template");
    let template = template.or_else(|| r.referred("launch_template.name", "aws_launch_template"));
    let own = r.text("instance_type").optional();
    let kind = match (own, &template) {
        (Ok(Some(kind)), _) => Ok(kind),
        (_, Some(template)) => template.text("instance_type").required(),
        (Ok(None), None) => Err(Unpriced("neither the resource nor a template in this plan has its type".to_owned())),
        (Err(why), None) => Err(why),
    };
    instance(kind, r.attributes(), bill);
    volumes(r.attributes(), bill);
    Ok(())
}
