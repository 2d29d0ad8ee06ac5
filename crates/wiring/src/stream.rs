//! The stream of the table in Lambda: the items that were written, and the records that failed.

use aws_lambda_events::event::dynamodb::Event;
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use serde_json::Value;
use tollgate_ledger::Key;

/// The records of an event; `None` when it is not a stream event.
pub fn records(event: &Value) -> Option<Event> {
    event.get("Records")?;
    serde_json::from_value(event.clone()).ok()
}

/// The keys of written items, each with its sequence number. Removed items are omitted.
pub fn written_keys(event: &Event) -> Vec<(Key, Option<String>)> {
    let mut out = Vec::new();
    for record in event.records.iter().filter(|r| r.event_name != "REMOVE") {
        let text = |name: &str| match record.change.keys.get(name) {
            Some(serde_dynamo::AttributeValue::S(text)) => Some(text.clone()),
            _ => None,
        };
        if let (Some(pk), Some(sk)) = (text("pk"), text("sk")) {
            out.push((Key::new(pk, sk), record.change.sequence_number.clone()));
        }
    }
    out
}

/// The response that lists failed records. Lambda retries from the first of them, and repeats of later records change nothing.
pub fn failure_response(numbers: Vec<Option<String>>) -> Value {
    let mut answer = DynamoDbEventResponse::default();
    answer.batch_item_failures = numbers
        .into_iter()
        .map(|number| {
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = number;
            failure
        })
        .collect();
    serde_json::to_value(answer).unwrap_or_default()
}
