//! azurerm_service_plan and azurerm_app_service_plan: instances by the hour, by size and system.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let old = r.kind == "azurerm_app_service_plan";
    let size = if old { r.text("sku.size").required()? } else { r.text("sku_name").required()? };
    let count = if old { r.number("sku.capacity") } else { r.number("worker_count") }.known_or(whole(1));
    let kind = if old { "kind" } else { "os_type" };
    let os = r.text(kind).known_or(if old { "Windows" } else { "Linux" }.to_owned()).to_lowercase();
    // Kinds of the older type are also the names of what runs there.
    let reserved = old && r.flag("reserved").known_or(false);
    let os = if os == "linux" || reserved { "linux" } else { "windows" };
    let mut lower = size.to_lowercase();
    // `P1` of the older type is the first version of its tier.
    if old && r.text("sku.tier").known_or(String::new()).eq_ignore_ascii_case("premium") {
        lower.push_str("v1");
    }
    match lower.as_str() {
        // Free, or paid by its functions.
        "f1" | "y1" | "free" | "fc1" => return Ok(()),
        // Elastic Premium and Workflow Standard are counted with the apps that use them.
        _ if (lower.starts_with("ep") || lower.starts_with("ws"))
            && (r.kind == "azurerm_service_plan" || r.kind == "azurerm_app_service_plan") =>
        {
            return elastic(&lower, count, bill);
        }
        _ => {}
    }
    bill.hourly(&format!("Instances, {os}, {size}"), &format!("azure/app/{os}-{lower}"), count);
    Ok(())
}

/// Adds the cores and memory of an elastic plan: what its apps pay, at least for one instance.
fn elastic(size: &str, count: Quantity, bill: &mut Bill<'_>) -> Estimated<()> {
    let Some((cores, memory)) = super::functions::size_of(size) else {
        bill.unpriced("Instances", &format!("the size {size} has no price yet"));
        return Ok(());
    };
    let workflow = size.starts_with("ws");
    let (core_key, memory_key) = if workflow {
        ("azure/logic_app_standard/workflow-vcore-ws1", "azure/logic_app_standard/workflow-memory-ws1")
    } else {
        ("azure/linux_function_app/vcpu-ep1", "azure/linux_function_app/memory-ep1")
    };
    let unit = if workflow { "vCore" } else { "vCPU" };
    let times = |n: Quantity| product(n, count).ok_or_else(|| Unpriced("is out of range".to_owned()));
    bill.fixed("Cores", unit, core_key, times(cores));
    bill.fixed("Memory", "GB", memory_key, times(memory));
    Ok(())
}
