//! Lambda `notify`: sends messages of the table's stream to channels, and each minute whatever is due.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tollgate_pipeline::{DeliveryReport, deliver_due, deliver_message};
use tollgate_wiring::metrics::{Counts, Metric};
use tollgate_wiring::{Aws, Handler, WiringError, serve, stream};

struct Notify {
    aws: Arc<Aws>,
}

#[async_trait]
impl Handler for Notify {
    type Event = Value;
    const NAME: &'static str = "notify";

    fn run_of(_: &Value) -> Option<String> {
        None
    }

    async fn handle(&self, event: Value, run: &str, counts: &mut Counts) -> Result<Value, WiringError> {
        let state = self.aws.state(run).await?;
        let senders = self.aws.senders(&state.policy).await?;
        let Some(records) = stream::records(&event) else {
            let sent = deliver_due(&state, &senders).await?;
            count(counts, &sent);
            return Ok(serde_json::to_value(sent).unwrap_or_default());
        };
        let mut failed = Vec::new();
        for (key, number) in
            stream::written_keys(&records).into_iter().filter(|(key, _)| state.ledger.is_outbox(&key.pk))
        {
            match deliver_message(&state, &key, &senders).await {
                Ok(sent) => count(counts, &sent),
                Err(error) => {
                    tracing::error!(item = %key.sk, %error, retryable = error.retryable(), "a message was not planned");
                    failed.push(number);
                }
            }
        }
        Ok(stream::failure_response(failed))
    }
}

fn count(counts: &mut Counts, sent: &DeliveryReport) {
    counts.add(Metric::Deliveries, sent.sent.len());
    counts.add(Metric::FailedDeliveries, sent.failed.len() + sent.waiting.len());
    for (message, channel, receipt) in &sent.sent {
        tracing::info!(message, channel, receipt, "sent");
    }
    for (message, channel, why) in &sent.waiting {
        tracing::warn!(message, channel, why, "not sent yet");
    }
    for (message, channel, why) in &sent.failed {
        tracing::error!(message, channel, why, "not sent");
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(|aws| Ok(Notify { aws })).await
}
