//! azurerm_linux_function_app and the one of Windows: executions, when it has a consumption plan.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let plan = r
        .referred("service_plan_id", "azurerm_service_plan")
        .and_then(|p| p.text("sku_name").optional().ok().flatten());
    match plan.as_deref() {
        Some("Y1") | None => {
            bill.usage(
                "Executions",
                "1M requests",
                "azure/linux_function_app/executions",
                "monthly_executions",
                1_000_000,
            );
        }
        // The plan is paid for.
        Some(_) => {}
    }
    Ok(())
}
