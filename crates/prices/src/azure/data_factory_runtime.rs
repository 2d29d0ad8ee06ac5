//! Integration runtimes of Data Factory in Azure: activity, and compute by kind and cores.

use crate::prelude::*;

/// azurerm_data_factory_integration_runtime_azure: data flows by their cores, and activity.
pub(super) fn azure(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("azure/data_factory_integration_runtime_azure/{words}");
    let kind = r.text("compute_type").known_or("General".to_owned());
    let cores = r.number("core_count").known_or(whole(8));
    let (words, shown) = match kind.as_str() {
        "ComputeOptimized" => ("vcore-compute-optimized", "compute optimized"),
        "MemoryOptimized" => ("vcore-memory-optimized", "memory optimized"),
        _ => ("vcore-general-purpose", "general purpose"),
    };
    let (hours, origin) = bill.usage_figure("monthly_data_flow_hrs", HOURS);
    let used = hours.try_map(|n| product(n, cores)).ok_or_else(|| Unpriced("is out of range".to_owned()));
    bill.usage_quantity(&format!("Data flows, {shown}, {cores} vCores"), "vCore-hours", &of(words), used, origin);
    activity(r, bill);
    Ok(())
}

/// azurerm_data_factory_integration_runtime_azure_ssis and _managed: nodes of a size with a license, and activity.
pub(super) fn ssis(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let size = r.text("node_size").required()?;
    let edition = r.text("edition").known_or("Standard".to_owned()).to_lowercase();
    let included = r.text("license_type").known_or("LicenseIncluded".to_owned()) == "LicenseIncluded";
    let nodes = r.number("number_of_nodes").known_or(whole(1));
    let slug = size.trim_start_matches("Standard_").to_lowercase().replace('_', "-");
    let license = if included { "-license-included" } else { "" };
    let sku = format!("azure/data_factory_integration_runtime_managed/compute-{slug}-{edition}{license}");
    bill.hourly(&format!("Nodes, {size}, {edition}"), &sku, nodes);
    activity(r, bill);
    Ok(())
}

fn activity(r: &EstimateInput<'_>, bill: &mut Bill<'_>) {
    // A runtime in a managed network has prices of its own.
    let managed = r.flag("virtual_network_enabled").known_or(false) || r.kind.ends_with("_managed");
    let kind =
        if managed { "data_factory_integration_runtime_managed" } else { "data_factory_integration_runtime_azure" };
    let of = |words: &str| format!("azure/{kind}/{words}");
    bill.usage("Orchestration", "1k runs", &of("orchestration"), "monthly_orchestration_runs", 1000);
    for (name, words, figure) in [
        ("Data movement", "data-movement-activity", "monthly_data_movement_hrs"),
        ("Pipeline activity", "pipeline-activity", "monthly_pipeline_activity_hrs"),
        ("External pipeline activity", "external-pipeline-activity", "monthly_external_pipeline_activity_hrs"),
    ] {
        bill.usage(name, "hours", &of(words), figure, HOURS);
    }
}
