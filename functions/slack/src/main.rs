//! Lambda `slack`: HTTP requests (presses, forms, slash commands) are checked and stored; the table's stream performs them afterwards.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tollgate_pipeline::chat::{ChatReply, ChatRequest, perform_request, receive_request};
use tollgate_wiring::http::HttpEvent;
use tollgate_wiring::metrics::{Counts, Metric};
use tollgate_wiring::{Aws, Handler, WiringError, serve, stream};

struct Slack {
    aws: Arc<Aws>,
}

#[async_trait]
impl Handler for Slack {
    type Event = Value;
    const NAME: &'static str = "slack";

    fn run_of(_: &Value) -> Option<String> {
        None
    }

    async fn handle(&self, event: Value, run: &str, counts: &mut Counts) -> Result<Value, WiringError> {
        if let Some(records) = stream::records(&event) {
            let state = self.aws.state(run).await?;
            let workspaces = self.aws.workspaces(&state.policy).await?;
            let mut failed = Vec::new();
            for (key, number) in
                stream::written_keys(&records).into_iter().filter(|(key, _)| state.ledger.is_inbox(&key.pk))
            {
                match perform_request(&state, &workspaces, &key).await {
                    Ok(_) => counts.add(Metric::Requests, 1),
                    Err(error) => {
                        tracing::error!(item = %key.sk, %error, retryable = error.retryable(), "a request was not performed");
                        counts.add(Metric::FailedRequests, 1);
                        // Lambda repeats only what may succeed later.
                        if error.retryable() {
                            failed.push(number);
                        }
                    }
                }
            }
            return Ok(stream::failure_response(failed));
        }
        let reply = match HttpEvent::read(&event) {
            Some(http) => {
                let request = ChatRequest { headers: &http.headers, body: &http.body };
                if self.aws.is_signed(&request).await? {
                    let state = self.aws.state(run).await?;
                    let workspaces = self.aws.workspaces(&state.policy).await?;
                    receive_request(&state, &workspaces, &request).await?
                } else {
                    ChatReply::refused(401, "no secret of this deployment signed the request")
                }
            }
            None => ChatReply::refused(400, "the event is no HTTP request"),
        };
        if let Some(why) = &reply.refused {
            counts.add(Metric::RefusedRequests, 1);
            tracing::warn!(status = reply.status, why, "a request was refused");
        }
        Ok(tollgate_wiring::http::http_response(reply.status, &reply.body))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(|aws| Ok(Slack { aws })).await
}
