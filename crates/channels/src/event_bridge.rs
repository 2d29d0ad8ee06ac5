//! Amazon EventBridge: that revisions became current, for the functions that come next.
//!
//! Source: Amazon EventBridge API reference, `PutEvents`. Read 2026-11-21.

use async_trait::async_trait;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_types::SdkConfig;
use serde_json::json;
use tollgate_model::{Content, Message};

use crate::{Channel, ChannelError, Envelope, Receipt, aws};

const KIND: &str = "eventbridge";
/// The event's source, as rules name it.
const SOURCE: &str = "tollgate";
/// The event's type, as rules name it.
const REVISIONS: &str = "Tollgate Revisions Became Current";

/// An event bus.
#[derive(Clone, Debug)]
pub struct EventBridge {
    client: Client,
    bus: String,
}

impl EventBridge {
    /// The bus of that name.
    pub fn new(config: &SdkConfig, bus: impl Into<String>) -> Self {
        Self { client: Client::new(config), bus: bus.into() }
    }
}

#[async_trait]
impl Channel for EventBridge {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn takes(&self, message: &Message) -> bool {
        !message.is_for_people()
    }

    async fn send(&self, envelope: &Envelope<'_>) -> Result<Receipt, ChannelError> {
        let message = envelope.message;
        let Content::RevisionsCurrent { revisions } = &message.content else {
            return Err(ChannelError::Refused { channel: KIND, message: "it is for people".to_owned() });
        };
        let revisions: Vec<String> = revisions.iter().map(ToString::to_string).collect();
        let entry = PutEventsRequestEntry::builder()
            .source(SOURCE)
            .detail_type(REVISIONS)
            .event_bus_name(&self.bus)
            .detail(json!({ "run": message.run, "id": message.id, "revisions": revisions }).to_string())
            .build();
        let answer = self.client.put_events().entries(entry).send().await.map_err(|error| aws::told(KIND, &error))?;
        let entry = answer.entries.unwrap_or_default().into_iter().next().unwrap_or_else(|| {
            aws_sdk_eventbridge::types::PutEventsResultEntry::builder().error_code("NoAnswer").build()
        });
        // An entry that was not taken is told inside an answer that succeeded.
        match (entry.event_id, entry.error_code) {
            (Some(id), None) => Ok(Receipt { id, thread: None }),
            (_, code) => Err(ChannelError::Unavailable {
                channel: KIND,
                message: format!("{} {}", code.unwrap_or_default(), entry.error_message.unwrap_or_default()),
                retry_after: None,
                unsure: false,
            }),
        }
    }
}
