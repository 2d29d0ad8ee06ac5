//! aws_ecs_service: on Fargate, cores and memory of the desired number of tasks. On EC2 the instances are paid for.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let fargate = r.text("launch_type").known_or(String::new()) == "FARGATE"
        || r.known_items("capacity_provider_strategy")
            .iter()
            .any(|s| s.text("capacity_provider").known_or(String::new()).starts_with("FARGATE"));
    if !fargate {
        return Ok(());
    }
    let task = r.referred("task_definition", "aws_ecs_task_definition");
    let Some(task) = task else { return Err(Unpriced("its task definition is not in this plan".to_owned())) };
    let tasks = r.number("desired_count").known_or(whole(1));
    let part = |field: &str| {
        product(tasks, task.number(field).required()?.ratio(1, 1024).unwrap_or_default())
            .ok_or_else(|| Unpriced("too much".to_owned()))
    };
    bill.fixed("Fargate, cores", "CPU", "aws/ecs_service/per-vcpu-per-hour", part("cpu"));
    bill.fixed("Fargate, memory", "GB", "aws/ecs_service/per-gb-per-hour", part("memory"));
    Ok(())
}
