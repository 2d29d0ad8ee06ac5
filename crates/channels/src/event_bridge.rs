//! Amazon EventBridge: announces new revisions and due plans, which start the next functions.
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
/// The events' types, as rules name them.
const REVISIONS: &str = "Tollgate Revisions Became Current";
const PLAN_DUE: &str = "Tollgate Plan Due";

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

    fn accepts(&self, message: &Message) -> bool {
        !message.is_for_people()
    }

    async fn send(&self, envelope: &Envelope<'_>) -> Result<Receipt, ChannelError> {
        let message = envelope.message;
        let (run, id) = (&message.run, &message.id);
        let (kind, detail) = match &message.content {
            Content::RevisionsCurrent { revisions } => {
                let revisions: Vec<String> = revisions.iter().map(ToString::to_string).collect();
                (REVISIONS, json!({ "run": run, "id": id, "revisions": revisions }))
            }
            Content::PlanDue { plan } => (PLAN_DUE, json!({ "run": run, "id": id, "plan": plan })),
            _ => return Err(ChannelError::Refused { channel: KIND, message: "it is for people".to_owned() }),
        };
        let entry = PutEventsRequestEntry::builder()
            .source(SOURCE)
            .detail_type(kind)
            .event_bus_name(&self.bus)
            .detail(detail.to_string())
            .build();
        let answer =
            self.client.put_events().entries(entry).send().await.map_err(|error| aws::channel_error(KIND, &error))?;
        let entry = answer.entries.unwrap_or_default().into_iter().next().unwrap_or_else(|| {
            aws_sdk_eventbridge::types::PutEventsResultEntry::builder().error_code("NoAnswer").build()
        });
        // A successful answer can contain a failed entry.
        match (entry.event_id, entry.error_code) {
            (Some(id), None) => Ok(Receipt { id, thread: None }),
            (_, code) => Err(ChannelError::Unavailable {
                channel: KIND,
                message: format!("{} {}", code.unwrap_or_default(), entry.error_message.unwrap_or_default()),
                retry_after: None,
                maybe_sent: false,
            }),
        }
    }
}
