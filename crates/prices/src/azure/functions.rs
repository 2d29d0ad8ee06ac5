//! Function and logic apps: executions, or the cores and memory of an elastic plan.

use crate::prelude::*;

/// Returns the cores and the memory in GB of an elastic size (Azure Functions Premium plan, 2026-08).
pub(super) fn size_of(size: &str) -> Option<(Quantity, Quantity)> {
    let n = match size.to_lowercase().as_str() {
        "ep1" | "ws1" => 1,
        "ep2" | "ws2" => 2,
        "ep3" | "ws3" => 4,
        _ => return None,
    };
    Some((whole(n), whole(n * 7).ratio(1, 2)?))
}

/// Adds executions and their time, of an app with a consumption plan.
pub(super) fn consumption(bill: &mut Bill<'_>) {
    let (executions, origin) = bill.usage_figure("monthly_executions", 1_000_000);
    bill.usage_quantity("Executions", "1M requests", "azure/linux_function_app/executions", Ok(executions), origin);
    let (Some((each, _)), Some((memory, _))) =
        (bill.known_usage("execution_duration_ms"), bill.known_usage("memory_mb"))
    else {
        let time = Span { low: Quantity::ZERO, likely: whole(12_800), high: whole(12_800) };
        bill.usage_quantity(
            "Execution time",
            "GB-seconds",
            "azure/linux_function_app/execution-time",
            Ok(time),
            crate::usage::QuantityOrigin::Default,
        );
        return;
    };
    // Memory is rounded up to 128 MB, time to 100 ms at least.
    let rounded = (memory.units() + whole(128).units() - 1) / whole(128).units() * 128;
    let memory = whole(i64::try_from(rounded).unwrap_or(i64::MAX));
    let each = each.max(whole(100));
    let seconds = executions.try_map(|n| product(product(n, each)?.ratio(1, 1000)?, memory)?.ratio(1, 1024));
    let seconds = seconds.ok_or_else(|| Unpriced("is out of range".to_owned()));
    bill.usage_quantity("Execution time", "GB-seconds", "azure/linux_function_app/execution-time", seconds, origin);
}
