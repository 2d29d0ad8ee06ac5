//! aws_apigatewayv2_api: requests, or messages and connections of a websocket.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.text("protocol_type").known_or("HTTP".to_owned()) == "WEBSOCKET" {
        bill.usage("Messages", "1M messages", "aws/apigatewayv2_api/messages", "monthly_messages", 1_000_000);
        bill.usage(
            "Connected",
            "1M minutes",
            "aws/apigatewayv2_api/connection-duration",
            "monthly_connection_mins",
            1_000_000,
        );
    } else {
        bill.usage("Requests", "1M requests", "aws/apigatewayv2_api/requests", "monthly_requests", 1_000_000);
    }
    Ok(())
}
