//! The table's stream as Lambda hands it over: which items were put, and which could not be dealt with.

use aws_lambda_events::event::dynamodb::Event;
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use serde_json::Value;
use tollgate_ledger::Key;

/// The records of an event; `None` when it is none of a stream's.
pub fn records(event: &Value) -> Option<Event> {
    event.get("Records")?;
    serde_json::from_value(event.clone()).ok()
}

/// The keys of items that were put, each with its number in the stream. Items that were removed are left out.
pub fn puts(event: &Event) -> Vec<(Key, Option<String>)> {
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

/// What Lambda is told: it starts again at the first that failed, and finds those after it done.
pub fn failures(numbers: Vec<Option<String>>) -> Value {
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
