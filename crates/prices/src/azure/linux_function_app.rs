//! azurerm_linux_function_app and the one of Windows: executions, where its plan is one of consumption.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let plan =
        r.referred("service_plan_id", "azurerm_service_plan").and_then(|p| p.text("sku_name").told().ok().flatten());
    match plan.as_deref() {
        Some("Y1") | None => {
            bill.used(
                "Executions",
                "1M requests",
                "azure/linux_function_app/executions",
                "monthly_executions",
                1_000_000,
            );
        }
        // The plan is what is paid for.
        Some(_) => {}
    }
    Ok(())
}
