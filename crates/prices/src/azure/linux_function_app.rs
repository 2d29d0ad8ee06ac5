//! azurerm_linux_function_app, the one of Windows and the older azurerm_function_app: executions, or nothing beside the plan.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let new =
        r.referred("service_plan_id", "azurerm_service_plan").map(|p| p.text("sku_name").optional().ok().flatten());
    let old = || {
        let of = |field: &str| r.referred(field, "azurerm_app_service_plan");
        let plan = of("app_service_plan_id").or_else(|| of("service_plan_id"))?;
        Some(plan.text("sku.size").optional().ok().flatten())
    };
    match new.or_else(old).flatten().map(|size| size.to_lowercase()) {
        // Without a plan to look at, an app is paid by its executions.
        None => super::functions::consumption(bill),
        Some(size) if size == "y1" || size == "fc1" => super::functions::consumption(bill),
        // The plan is paid for.
        Some(_) => {}
    }
    Ok(())
}
