//! google_cloud_run_service and google_cloud_run_v2_service: requests, and the cores and memory of containers while they run.

use crate::prelude::*;

use crate::resource::Attributes;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let block = if r.kind.contains("_v2_") { "template.containers" } else { "template.spec.containers" };
    let containers = r.known_items(block);
    let (cores, memory) = sizes(&containers);
    let (requests, origin) = bill.usage_figure("monthly_requests", 1_000_000);
    bill.usage_quantity("Requests", "requests", "google/cloud_run_service/number-of-requests", Ok(requests), origin);
    let explicit = bill.known_usage("monthly_cpu_seconds").zip(bill.known_usage("monthly_memory_gib_seconds"));
    let out_of_range = || Unpriced("is out of range".to_owned());
    if let Some(((cpu, from), (gib, of))) = explicit {
        bill.usage_quantity("Cores", "vCPU-seconds", "google/cloud_run/cpu", Ok(Span::exactly(cpu)), from);
        bill.usage_quantity("Memory", "GiB-seconds", "google/cloud_run/memory", Ok(Span::exactly(gib)), of);
        return Ok(());
    }
    let always = r.text("template.metadata.annotations.run.googleapis.com/cpu-throttling").known_or(String::new())
        == "false"
        || containers.iter().any(|c| !c.flag("resources.cpu_idle").known_or(true));
    if let Some((hours, from)) = bill.known_usage("instance_hrs").filter(|_| always) {
        let seconds = |each: Quantity| {
            product(hours, each).and_then(|n| n.ratio(3600, 1)).map(Span::exactly).ok_or_else(out_of_range)
        };
        bill.usage_quantity("Cores, always on", "vCPU-seconds", "google/cloud_run/cpu-always", seconds(cores), from);
        bill.usage_quantity(
            "Memory, always on",
            "GiB-seconds",
            "google/cloud_run/memory-always",
            seconds(memory),
            from,
        );
        return Ok(());
    }
    let each = bill.known_usage("average_request_duration_ms").map_or_else(|| whole(100), |(n, _)| n);
    let at_once = bill.known_usage("concurrent_requests_per_instance").map_or_else(|| whole(1), |(n, _)| n);
    let at_once = i64::try_from(at_once.units() / 10i128.pow(Quantity::PLACES)).ok().filter(|n| *n > 0).unwrap_or(1);
    let seconds = |size: Quantity| {
        requests
            .try_map(|n| product(product(n, each)?.ratio(1, at_once.saturating_mul(1000))?, size))
            .ok_or_else(out_of_range)
    };
    bill.usage_quantity("Cores", "vCPU-seconds", "google/cloud_run/cpu", seconds(cores), origin);
    bill.usage_quantity("Memory", "GiB-seconds", "google/cloud_run/memory", seconds(memory), origin);
    Ok(())
}

/// google_cloud_run_v2_job: cores and memory while its tasks run.
pub(super) fn job(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let (cores, memory) = sizes(&r.known_items("template.template.containers"));
    let tasks = r.number("template.task_count").known_or(whole(1));
    let (runs, origin) = bill.usage_figure("monthly_job_executions", 100);
    // A task is billed for a minute at least.
    let minutes = bill.known_usage("average_task_execution_mins").map_or_else(|| whole(1), |(n, _)| n.max(whole(1)));
    let out_of_range = || Unpriced("is out of range".to_owned());
    let seconds = |size: Quantity| {
        runs.try_map(|n| product(product(product(n, tasks)?, minutes)?.ratio(60, 1)?, size)).ok_or_else(out_of_range)
    };
    bill.usage_quantity(
        "Cores",
        "vCPU-seconds",
        "google/cloud_run_v2_job/cpu-allocation-time-tier-2",
        seconds(cores),
        origin,
    );
    bill.usage_quantity(
        "Memory",
        "GiB-seconds",
        "google/cloud_run_v2_job/memory-allocation-time-tier-2",
        seconds(memory),
        origin,
    );
    Ok(())
}

/// Returns the cores and the memory in GiB of the containers; a container without limits has one core and 512 MiB.
fn sizes(containers: &[Attributes]) -> (Quantity, Quantity) {
    let half = whole(1).ratio(1, 2).unwrap_or_default();
    if containers.is_empty() {
        return (whole(1), half);
    }
    let read = |of: &Attributes| {
        let limit = |name: &str| of.text(&format!("resources.limits.{name}")).optional().ok().flatten();
        let cores = limit("cpu").and_then(|text| match text.strip_suffix('m') {
            Some(thousandths) => thousandths.parse::<Quantity>().ok()?.ratio(1, 1000),
            None => text.parse().ok(),
        });
        let memory = limit("memory").and_then(|text| {
            let (number, times, per) = match (text.strip_suffix("Gi"), text.strip_suffix("Mi"), text.strip_suffix('G'))
            {
                (Some(n), ..) | (_, _, Some(n)) => (n, 1, 1),
                (_, Some(n), _) => (n, 1, 1024),
                _ => return None,
            };
            number.parse::<Quantity>().ok()?.ratio(times, per)
        });
        (cores.unwrap_or_else(|| whole(1)), memory.unwrap_or(half))
    };
    containers
        .iter()
        .map(read)
        .fold((Quantity::ZERO, Quantity::ZERO), |sum, one| (sum.0.saturating_add(one.0), sum.1.saturating_add(one.1)))
}
