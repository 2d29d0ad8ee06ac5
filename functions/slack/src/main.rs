//! Lambda `slack`: HTTP: presses, forms and slash commands are checked and kept; the table's stream has them done afterwards.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tollgate_pipeline::chat::{ChatRequest, Reply, perform, receive};
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
            let door = self.aws.door(&state.policy).await?;
            let mut failed = Vec::new();
            for (key, number) in stream::puts(&records).into_iter().filter(|(key, _)| state.ledger.is_inbox(&key.pk)) {
                match perform(&state, &door, &key).await {
                    Ok(_) => counts.add(Metric::Requests, 1),
                    Err(error) => {
                        tracing::error!(item = %key.sk, %error, retryable = error.retryable(), "what was asked for was not done");
                        counts.add(Metric::FailedRequests, 1);
                        // What will never be done is forgotten; Lambda is told of the rest.
                        if error.retryable() {
                            failed.push(number);
                        }
                    }
                }
            }
            return Ok(stream::failures(failed));
        }
        let reply = match HttpEvent::read(&event) {
            Some(http) => {
                let request = ChatRequest {
                    timestamp: http.header("x-slack-request-timestamp"),
                    signature: http.header("x-slack-signature"),
                    body: &http.body,
                };
                if self.aws.is_signed(&request).await? {
                    let state = self.aws.state(run).await?;
                    let door = self.aws.door(&state.policy).await?;
                    receive(&state, &door, &request).await?
                } else {
                    Reply::no(401, "the signature is not of this deployment's signing secret")
                }
            }
            None => Reply::no(400, "no HTTP request"),
        };
        if let Some(why) = &reply.refused {
            counts.add(Metric::RefusedRequests, 1);
            tracing::warn!(status = reply.status, why, "a request was refused");
        }
        Ok(tollgate_wiring::http::answer(reply.status, &reply.body))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(|aws| Ok(Slack { aws })).await
}
