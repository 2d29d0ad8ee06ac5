//! Container Apps: cores and memory of replicas by the second, jobs, and the machines of workload profiles.
//!
//! Source: Microsoft Learn, "Billing in Azure Container Apps" and "Workload profiles in Azure Container Apps". Read 2026-11-28. The free
//! grant of a subscription is not subtracted: other apps may use it.

use crate::prelude::*;
use crate::resource::Attributes;

/// Seconds of a month.
const SECONDS: i64 = HOURS * 3600;
/// Replicas of an app that sets no limit.
const REPLICAS: i64 = 10;

/// azurerm_container_app: its containers, in each replica.
pub(super) fn app(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let profile = r.text("workload_profile_name").known_or(String::new());
    if !matches!(profile.as_str(), "" | "Consumption") {
        // The environment pays for the machines of a dedicated profile.
        return Ok(());
    }
    let least = r.number("template.min_replicas").or(Quantity::ZERO)?;
    let most = r.number("template.max_replicas").or(whole(REPLICAS))?.max(least);
    let replicas = match bill.known_usage("replicas") {
        Some((replicas, _)) => Span::exactly(replicas),
        // One replica runs when there is work, and none costs anything when there is none.
        None => Span::between(least, least.max(whole(1)).min(most), most),
    };
    containers(&r.items("template.container")?, replicas, "", bill)
}

/// azurerm_container_app_job: its containers, for the seconds that its executions take.
pub(super) fn job(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let profile = r.text("workload_profile_name").known_or(String::new());
    if !matches!(profile.as_str(), "" | "Consumption") {
        return Ok(());
    }
    let (cores, memory) = sizes(&r.items("template.container")?)?;
    let (seconds, origin) = bill.usage_figure("monthly_execution_seconds", 36_000);
    for (name, unit, each, sku) in [
        ("CPU", "vCPU-seconds", cores, "azure/container_app/vcpu-active"),
        ("Memory", "GiB-seconds", memory, "azure/container_app/memory-active"),
    ] {
        let used = seconds.try_map(|s| product(s, each)).ok_or_else(|| Unpriced("is out of range".to_owned()));
        bill.usage_quantity(name, unit, sku, used, origin);
    }
    Ok(())
}

/// azurerm_container_app_environment: the machines of its dedicated workload profiles.
pub(super) fn environment(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let mut dedicated = false;
    for profile in r.items("workload_profile")? {
        let kind = profile.text("workload_profile_type").required()?;
        if kind == "Consumption" {
            continue;
        }
        dedicated = true;
        let least = profile.number("minimum_count").or(Quantity::ZERO)?;
        let most = profile.number("maximum_count").or(least)?.max(least);
        let name = profile.text("name").known_or(kind.clone());
        let Some((cores, memory)) = machine(&kind) else {
            bill.unpriced(&format!("Profile {name}, {kind}"), "the size of its machines is not known");
            continue;
        };
        bill.repeat(&format!("Profile {name}, {kind}: "), Span::between(least, least, most), |bill| {
            bill.hourly("CPU", "azure/container_app/dedicated-vcpu", cores);
            bill.hourly("Memory, GiB", "azure/container_app/dedicated-memory", memory);
            Ok(())
        })?;
    }
    if dedicated {
        bill.hourly("Management of dedicated profiles", "azure/container_app/dedicated-management", 1);
    }
    Ok(())
}

fn containers(all: &[Attributes], replicas: Span<Quantity>, name: &str, bill: &mut Bill<'_>) -> Estimated<()> {
    let (cores, memory) = sizes(all)?;
    let requests = "azure/container_app/requests";
    bill.repeat(name, replicas, |bill| {
        let of_month = |each: Quantity| each.ratio(SECONDS, 1).ok_or_else(|| Unpriced("is out of range".to_owned()));
        bill.fixed("CPU", "vCPU-seconds", "azure/container_app/vcpu-active", of_month(cores));
        bill.fixed("Memory", "GiB-seconds", "azure/container_app/memory-active", of_month(memory));
        Ok(())
    })?;
    bill.usage("Requests", "1M requests", requests, "monthly_requests", 1_000_000);
    Ok(())
}

/// The cores and the memory, in GiB, of the containers of a replica.
fn sizes(containers: &[Attributes]) -> Estimated<(Quantity, Quantity)> {
    let (mut cores, mut memory) = (Quantity::ZERO, Quantity::ZERO);
    for container in containers {
        cores = cores.saturating_add(container.number("cpu").required()?);
        let text = container.text("memory").required()?;
        let size = text.strip_suffix("Gi").and_then(|n| n.parse::<Quantity>().ok());
        memory = memory.saturating_add(size.ok_or_else(|| Unpriced(format!("`memory` is `{text}`")))?);
    }
    Ok((cores, memory))
}

/// The cores and the memory of a machine of a workload profile: `D4`, `E16`.
fn machine(kind: &str) -> Option<(i64, i64)> {
    let each = match kind.get(..1)? {
        "D" => 4,
        "E" => 8,
        _ => return None,
    };
    let cores: i64 = kind.get(1..)?.parse().ok().filter(|n| matches!(n, 4 | 8 | 16 | 32))?;
    Some((cores, cores * each))
}

#[cfg(test)]
mod tests {
    use super::machine;

    #[test]
    fn a_machine_of_a_profile_has_its_cores_and_memory() {
        assert_eq!(machine("D4"), Some((4, 16)));
        assert_eq!(machine("E32"), Some((32, 256)));
        assert_eq!(machine("NC24-A100"), None);
        assert_eq!(machine("D5"), None);
    }
}
