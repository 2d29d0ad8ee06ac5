//! aws_lambda_function: requests, and how long they run with how much memory.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let memory = r.number("memory_size").usually(whole(128));
    let arm = r.items("architectures").unwrap_or_default().iter().any(|a| a.as_text() == Some("arm64"));
    bill.used("Requests", "1M requests", "aws/lambda_function/requests", "monthly_requests", 1_000_000);
    let sku = if arm { "aws/lambda/duration-arm64" } else { "aws/lambda/duration-x86-64" };
    if let Some((seconds, origin)) = bill.said("monthly_gb_seconds") {
        bill.used_so("Duration", "GB-seconds", sku, Ok(Span::exactly(seconds)), origin);
        return Ok(());
    }
    let (requests, origin) = bill.figure("monthly_requests", 1_000_000);
    let (each, each_origin) = bill.figure("request_duration_ms", 100);
    // A request's time is counted with where there are requests; only their number ranges from nothing.
    let each = each.likely;
    let seconds = requests.try_map(|n| product(product(n, each)?.ratio(1, 1000)?, memory)?.ratio(1, 1024));
    let seconds = seconds.ok_or_else(|| Untold("too much".to_owned()));
    bill.used_so("Duration", "GB-seconds", sku, seconds, origin.max(each_origin));
    Ok(())
}
