//! aws_lambda_provisioned_concurrency_config: memory that is kept ready, and the use of it.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("aws/lambda_provisioned_concurrency_config/{words}");
    let wanted = r.number("provisioned_concurrent_executions").required()?;
    let function = r.referred("function_name", "aws_lambda_function");
    let memory = function.as_ref().map_or_else(|| whole(128), |f| f.number("memory_size").known_or(whole(128)));
    let arm = function.is_some_and(|f| f.known_items("architectures").iter().any(|a| a.as_text() == Some("arm64")));
    let suffix = if arm { "-arm64" } else { "" };
    // The hours of a month that the concurrency is on, by a usage file.
    let hours = bill.known_usage("monthly_duration_hrs").map_or_else(|| whole(HOURS), |(n, _)| n);
    let memory = bill.known_usage("memory_mb").map_or(memory, |(n, _)| n);
    let seconds = product(wanted, memory).and_then(|mb| product(mb, hours)?.ratio(3600, 1024));
    let seconds = seconds.ok_or_else(|| Unpriced("is out of range".to_owned()));
    bill.fixed("Kept ready", "GB-seconds", &of(&format!("provisioned-concurrency{suffix}")), seconds);
    bill.known("Requests", "1M requests", &of("requests"), "monthly_requests");
    if let (Some((requests, origin)), Some((each, _))) =
        (bill.known_usage("monthly_requests"), bill.known_usage("request_duration_ms"))
    {
        let seconds = product(requests, each).and_then(|ms| product(ms.ratio(1, 1000)?, memory)?.ratio(1, 1024));
        let seconds = seconds.map(Span::exactly).ok_or_else(|| Unpriced("is out of range".to_owned()));
        bill.usage_quantity("Duration", "GB-seconds", &of(&format!("duration{suffix}")), seconds, origin);
    }
    Ok(())
}
