//! aws_apigatewayv2_api: requests, or messages and connections of a websocket. Large ones count several times.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("aws/apigatewayv2_api/{words}");
    if r.text("protocol_type").known_or("HTTP".to_owned()) == "WEBSOCKET" {
        chunked("Messages", "1M messages", &of("messages"), ["monthly_messages", "message_size_kb"], 32, bill);
        bill.usage("Connected", "1M minutes", &of("connection-duration"), "monthly_connection_mins", 1_000_000);
    } else {
        chunked("Requests", "1M requests", &of("requests"), ["monthly_requests", "request_size_kb"], 512, bill);
    }
    Ok(())
}

/// Adds requests, counted for each chunk of kilobytes.
pub(super) fn chunked(name: &str, unit: &str, sku: &str, figures: [&str; 2], chunk: i64, bill: &mut Bill<'_>) {
    let (count, origin) = bill.usage_figure(figures[0], 1_000_000);
    let size = bill.known_usage(figures[1]).map_or_else(|| whole(chunk), |(n, _)| n);
    let chunks = (size.units() + whole(chunk).units() - 1) / whole(chunk).units();
    let chunks = i64::try_from(chunks).unwrap_or(1).max(1);
    let all = count.try_map(|n| n.ratio(chunks, 1)).ok_or_else(|| Unpriced("is out of range".to_owned()));
    bill.usage_quantity(name, unit, sku, all, origin);
}
