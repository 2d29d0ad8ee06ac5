//! aws_ecs_service: on Fargate, cores and memory of as many tasks as are wanted. On EC2 the machines are what is paid for.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let fargate = r.text("launch_type").usually(String::new()) == "FARGATE"
        || r.written("capacity_provider_strategy")
            .iter()
            .any(|s| s.text("capacity_provider").usually(String::new()).starts_with("FARGATE"));
    if !fargate {
        return Ok(());
    }
    let task = r.referred("task_definition", "aws_ecs_task_definition");
    let Some(task) = task else { return Err(Untold("its task definition is not in this plan".to_owned())) };
    let tasks = r.number("desired_count").usually(whole(1));
    let part = |field: &str| {
        product(tasks, task.number(field).needed()?.ratio(1, 1024).unwrap_or_default())
            .ok_or_else(|| Untold("too much".to_owned()))
    };
    bill.fixed("Fargate, cores", "CPU", "aws/ecs_service/per-vcpu-per-hour", part("cpu"));
    bill.fixed("Fargate, memory", "GB", "aws/ecs_service/per-gb-per-hour", part("memory"));
    Ok(())
}
