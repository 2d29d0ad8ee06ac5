//! Health: whether the server and its stores answer.

use serde_json::json;

use crate::answer::Answer;
use crate::call::OpenCall;
use crate::problem::Problem;
use crate::route::Route;

pub(super) const ROUTES: &[Route] = &[Route::open(
    "/v1/health",
    "getHealth",
    "Whether the server and its stores answer; 503 when one does not",
    |call| Box::pin(health(call)),
)];

async fn health(call: OpenCall) -> Result<Answer, Problem> {
    call.api.tenants.check().await?;
    Answer::of(&json!({ "status": "ok", "checks": { "store": "ok" } }))
}
