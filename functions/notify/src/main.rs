//! Lambda `notify`: the table's stream: outbox to channels.

use std::sync::Arc;

use async_trait::async_trait;
use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use serde_json::Value;
use tollgate_channels::Channel;
use tollgate_ledger::Key;
use tollgate_pipeline::deliver;
use tollgate_wiring::metrics::{Counts, Metric};
use tollgate_wiring::{Aws, Handler, WiringError, serve};

struct Notify {
    aws: Arc<Aws>,
    channels: Vec<Box<dyn Channel>>,
}

#[async_trait]
impl Handler for Notify {
    type Event = Event;
    const NAME: &'static str = "notify";

    fn run_of(_: &Event) -> Option<String> {
        None
    }

    async fn handle(&self, event: Event, _: &str, counts: &mut Counts) -> Result<Value, WiringError> {
        let mut answer = DynamoDbEventResponse::default();
        for record in &event.records {
            let Some(key) = self.outbox_key(record) else { continue };
            match deliver(&self.aws.ledger, self.aws.clock.as_ref(), &key, &self.channels).await {
                Ok(sent) => {
                    counts.add(Metric::Deliveries, sent.now.len());
                    if let Some(message) = &sent.message {
                        tracing::info!(message = %message.id, from = %message.run, sent = ?sent.now, had = ?sent.before, "sent");
                    }
                }
                Err(error) => {
                    counts.add(Metric::FailedDeliveries, 1);
                    tracing::error!(item = %key.sk, %error, retryable = error.retryable(), "a message was not sent");
                    // Messages don't wait for one another: Lambda starts again at the first that failed, and finds those
                    // after it gone.
                    let mut failure = DynamoDbBatchItemFailure::default();
                    failure.item_identifier.clone_from(&record.change.sequence_number);
                    answer.batch_item_failures.push(failure);
                }
            }
        }
        Ok(serde_json::to_value(answer).unwrap_or_default())
    }
}

impl Notify {
    /// The key of a message that was put into the outbox; other changes of the table are none of ours.
    fn outbox_key(&self, record: &EventRecord) -> Option<Key> {
        let text = |name: &str| match record.change.keys.get(name) {
            Some(serde_dynamo::AttributeValue::S(text)) => Some(text.clone()),
            _ => None,
        };
        let (pk, sk) = (text("pk")?, text("sk")?);
        (record.event_name != "REMOVE" && self.aws.ledger.is_outbox(&pk)).then(|| Key::new(pk, sk))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(|aws| Ok(Notify { channels: aws.channels()?, aws })).await
}
