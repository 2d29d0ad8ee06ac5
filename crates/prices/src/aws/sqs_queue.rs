//! aws_sqs_queue: requests.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let words = if r.flag("fifo_queue").known_or(false) { "fifo" } else { "standard" };
    let (name, sku) = (format!("Requests, {words}"), format!("aws/sqs/requests-{words}"));
    let figures = ["monthly_requests", "request_size_kb"];
    super::apigatewayv2_api::chunked(&name, "1M requests", &sku, figures, 64, bill);
    Ok(())
}
