//! The endpoint of the Model Context Protocol, for assistants.

use crate::mcp;
use crate::route::{Body, Route, RouteMethod, Validator};

pub(super) const ROUTES: &[Route] = &[Route {
    method: RouteMethod::Post,
    body: Body::Message(r#"{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}"#),
    validator: Validator::None,
    ..Route::of_callers(
        "/mcp",
        "sendMessage",
        "A message of the Model Context Protocol: read-only tools over the routes above, for assistants",
        |call| Box::pin(mcp::answer(call)),
    )
}];
