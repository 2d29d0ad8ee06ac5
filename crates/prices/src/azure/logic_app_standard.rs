//! azurerm_logic_app_standard: calls of connectors; its plan is a resource of its own.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let plan = r.referred("app_service_plan_id", "azurerm_service_plan");
    if plan.is_none() && r.referred("app_service_plan_id", "azurerm_app_service_plan").is_none() {
        bill.unpriced("Plan", "the plan of the app is not in this plan");
    }
    let of = |words: &str| format!("azure/logic_app_standard/{words}");
    bill.usage("Standard connectors", "calls", &of("standard-connectors"), "monthly_standard_connector_calls", 10_000);
    bill.usage("Enterprise connectors", "calls", &of("enterprise-connectors"), "monthly_enterprise_connector_calls", 0);
    Ok(())
}
