//! aws_ecs_service: on Fargate, cores and memory of the desired number of tasks. On EC2 the instances are paid for.

use crate::prelude::*;

use crate::resource::Attributes;

/// Where the tasks of a service run, with the share of each.
enum Launch {
    /// On instances, which are other resources.
    Instances,
    /// On Fargate: shares of on-demand and spot capacity.
    Fargate { on_demand: i64, spot: i64 },
    /// Either is possible.
    Either(String),
}

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let task = r.referred("task_definition", "aws_ecs_task_definition");
    let launch = launch_of(r, task.as_ref());
    let (on_demand, spot, unless) = match launch {
        Launch::Instances => return Ok(()),
        Launch::Fargate { on_demand, spot } => (on_demand, spot, None),
        Launch::Either(why) => (1, 0, Some(why)),
    };
    let count = r.number("desired_count").known_or(whole(1));
    let Some(task) = task else {
        return Err(Unpriced(unless.unwrap_or_else(|| "its task definition is not in this plan".to_owned())));
    };
    // What is not seen to run on Fargate costs between nothing and its price there.
    let tasks = match &unless {
        Some(_) => Span { low: Quantity::ZERO, likely: count, high: count },
        None => Span::exactly(count),
    };
    let name = if unless.is_some() { "Fargate, if it runs there" } else { "Fargate" };
    let arm = task.text("runtime_platform.cpu_architecture").known_or(String::new()) == "ARM64";
    let windows = task.text("runtime_platform.operating_system_family").known_or(String::new()).starts_with("WINDOWS");
    let shares = whole(on_demand.saturating_add(spot).max(1));
    let share = |n: i64| tasks.try_map(|t| t.ratio(n, 1)).and_then(|s| divide(s, shares));
    if on_demand > 0 {
        let tasks = share(on_demand).ok_or_else(out_of_range)?;
        let (cores, memory) = (size(&task, "cpu"), size(&task, "memory"));
        let system = match (arm, windows) {
            (_, true) => "-windows",
            (true, _) => "-arm",
            _ => "",
        };
        bill.fixed(
            &format!("{name}, cores"),
            "CPU",
            &format!("aws/ecs_service/per-vcpu-per-hour{system}"),
            times(tasks, cores),
        );
        bill.fixed(
            &format!("{name}, memory"),
            "GB",
            &format!("aws/ecs_service/per-gb-per-hour{system}"),
            times(tasks, memory),
        );
        storage(&task, tasks, bill);
    }
    if spot > 0 {
        bill.unpriced(&format!("Fargate Spot, {spot} of {} tasks", on_demand.saturating_add(spot)), "spot prices vary");
    }
    accelerators(r, bill);
    Ok(())
}

/// Returns where the tasks run. Without a launch type, the default strategy of the cluster decides.
fn launch_of(r: &EstimateInput<'_>, task: Option<&Attributes>) -> Launch {
    let strategy = r.known_items("capacity_provider_strategy");
    if !strategy.is_empty() {
        return by_strategy(&strategy);
    }
    let only_fargate = || {
        let needs = task.map(|t| t.known_items("requires_compatibilities")).unwrap_or_default();
        needs.len() == 1 && needs.iter().any(|n| n.as_text() == Some("FARGATE"))
    };
    let either = |why: &str| Launch::Either(why.to_owned());
    match r.text("launch_type").optional() {
        Ok(Some(kind)) if kind == "FARGATE" => Launch::Fargate { on_demand: 1, spot: 0 },
        Ok(Some(_)) => Launch::Instances,
        Err(_) if only_fargate() => Launch::Fargate { on_demand: 1, spot: 0 },
        Err(why) => Launch::Either(why.0),
        Ok(None) => {
            let cluster = r.referred("cluster", "aws_ecs_cluster");
            let blocks = cluster.map(|c| c.known_items("default_capacity_provider_strategy")).unwrap_or_default();
            // The default launch type is EC2, but a default strategy may be set where this plan does not show it.
            match task {
                _ if !blocks.is_empty() => by_strategy(&blocks),
                _ if only_fargate() => Launch::Fargate { on_demand: 1, spot: 0 },
                None => either("it has no launch type, and its task definition is not in this plan"),
                Some(task) if on_fargate(task) => {
                    either("its launch type is the default of the cluster, which is not known")
                }
                Some(_) => Launch::Instances,
            }
        }
    }
}

/// Returns whether a task may run on Fargate.
fn on_fargate(task: &Attributes) -> bool {
    task.known_items("requires_compatibilities").iter().any(|n| n.as_text() == Some("FARGATE"))
}

/// Reads a strategy: the weights of Fargate and Fargate Spot. The weight that is not set is zero, unless it is the only provider.
fn by_strategy(strategy: &[Attributes]) -> Launch {
    let weight = |item: &Attributes| {
        let set = item.text("weight").optional().ok().flatten().and_then(|n| n.parse::<i64>().ok());
        let usual = i64::from(strategy.len() == 1);
        set.filter(|n| (0..=1000).contains(n)).filter(|n| *n > 0 || strategy.len() > 1).unwrap_or(usual)
    };
    let (mut on_demand, mut spot, mut instances) = (0, 0, 0);
    for item in strategy {
        match item.text("capacity_provider").optional() {
            Ok(Some(name)) if name == "FARGATE" => on_demand += weight(item),
            Ok(Some(name)) if name == "FARGATE_SPOT" => spot += weight(item),
            Ok(Some(_)) => instances += weight(item),
            _ => return Launch::Either("a capacity provider of its strategy is not known".to_owned()),
        }
    }
    match (on_demand + spot, instances) {
        (0, _) => Launch::Instances,
        (_, 0) => Launch::Fargate { on_demand, spot },
        _ => Launch::Either("its strategy mixes Fargate and instances".to_owned()),
    }
}

/// Reads a size: `1024` units or MiB, `1 vCPU`, `2 GB`.
fn size(task: &Attributes, field: &str) -> Estimated<Quantity> {
    let text = task.text(field).required()?;
    let lower = text.to_lowercase().replace(' ', "");
    let unit = ["vcpu", "gb"].into_iter().find_map(|unit| lower.strip_suffix(unit));
    let read = match unit {
        Some(whole_units) => whole_units.parse::<Quantity>().ok(),
        None => lower.parse::<Quantity>().ok().and_then(|n| n.ratio(1, 1024)),
    };
    read.filter(|n| *n >= Quantity::ZERO).ok_or_else(|| Unpriced(format!("`{field}` has an unexpected value: {text}")))
}

/// Adds ephemeral storage beyond the 20 GB that a task includes.
fn storage(task: &Attributes, tasks: Span<Quantity>, bill: &mut Bill<'_>) {
    let size = task.number("ephemeral_storage.size_in_gib").known_or(whole(20));
    let beyond = size.max(whole(20)).saturating_sub(whole(20));
    if beyond > Quantity::ZERO {
        let hours = times(tasks, Ok(beyond)).and_then(|s| s.try_map(|n| n.ratio(HOURS, 1)).ok_or_else(out_of_range));
        bill.fixed("Fargate, ephemeral storage beyond 20 GB", "GB-hours", "aws/ecs_service/ephemeral-storage", hours);
    }
}

/// Adds Elastic Inference, which AWS no longer offers: the reason takes the place of a price.
fn accelerators(r: &EstimateInput<'_>, bill: &mut Bill<'_>) {
    let task = r.referred("task_definition", "aws_ecs_task_definition");
    for block in task.map(|t| t.known_items("inference_accelerator")).unwrap_or_default() {
        let kind = block.text("device_type").known_or("of an unknown type".to_owned());
        bill.unpriced(&format!("Inference accelerator, {kind}"), "Elastic Inference is no longer sold");
    }
}

fn times(tasks: Span<Quantity>, each: Estimated<Quantity>) -> Estimated<Span<Quantity>> {
    let each = each?;
    tasks.try_map(|n| product(n, each)).ok_or_else(out_of_range)
}

fn divide(span: Span<Quantity>, by: Quantity) -> Option<Span<Quantity>> {
    let by = i64::try_from(by.units() / 10i128.pow(Quantity::PLACES)).ok().filter(|n| *n > 0)?;
    span.try_map(|n| n.ratio(1, by))
}

fn out_of_range() -> Unpriced {
    Unpriced("is out of range".to_owned())
}
