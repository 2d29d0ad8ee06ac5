//! aws_lambda_function: requests, and duration by memory.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let memory = r.number("memory_size").known_or(whole(128));
    let arm = r.items("architectures").unwrap_or_default().iter().any(|a| a.as_text() == Some("arm64"));
    bill.usage("Requests", "1M requests", "aws/lambda_function/requests", "monthly_requests", 1_000_000);
    let sku = if arm { "aws/lambda/duration-arm64" } else { "aws/lambda/duration-x86-64" };
    if let Some((seconds, origin)) = bill.known_usage("monthly_gb_seconds") {
        bill.usage_quantity("Duration", "GB-seconds", sku, Ok(Span::exactly(seconds)), origin);
        return Ok(());
    }
    let (requests, origin) = bill.usage_figure("monthly_requests", 1_000_000);
    let (each, each_origin) = bill.usage_figure("request_duration_ms", 100);
    // The duration of a request is certain; only the number of requests ranges from zero.
    let each = each.likely;
    let storage = r.number("ephemeral_storage.size").known_or(whole(512)).max(whole(512)).saturating_sub(whole(512));
    if storage > Quantity::ZERO {
        let stored = requests.try_map(|n| product(product(n, each)?.ratio(1, 1000)?, storage)?.ratio(1, 1024));
        let stored = stored.ok_or_else(|| Unpriced("too much".to_owned()));
        let sku = "aws/lambda_function/ephemeral-storage";
        bill.usage_quantity("Ephemeral storage beyond 512 MB", "GB-seconds", sku, stored, origin.max(each_origin));
    }
    let seconds = requests.try_map(|n| product(product(n, each)?.ratio(1, 1000)?, memory)?.ratio(1, 1024));
    let seconds = seconds.ok_or_else(|| Unpriced("too much".to_owned()));
    bill.usage_quantity("Duration", "GB-seconds", sku, seconds, origin.max(each_origin));
    Ok(())
}
