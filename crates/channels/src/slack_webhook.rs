//! Slack's incoming webhooks, without buttons and edits; an app can do more.
//!
//! Limits: one message a second; `ok` is the whole answer. Source: Slack developer documentation, "Sending messages using
//! incoming webhooks" and "Rate limits". Read 2026-11-21.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;
use tollgate_model::{Message, untrusted};

use crate::card::Card;
use crate::connect::{ChannelSettings, ConnectError, ConnectParts};
use crate::slack::blocks;
use crate::{Channel, ChannelError, Envelope, Receipt, http};

const KIND: &str = "slack-webhook";

/// The fields of its block.
#[derive(Deserialize)]
struct ChannelFields {
    url: String,
}

pub(crate) fn connect(settings: &ChannelSettings, parts: &ConnectParts<'_>) -> Result<Box<dyn Channel>, ConnectError> {
    let ChannelFields { url } = settings.read()?;
    Ok(Box::new(SlackWebhook::new(parts.http.clone(), url)))
}

/// A webhook.
pub struct SlackWebhook {
    http: reqwest::Client,
    url: String,
}

impl SlackWebhook {
    /// The webhook at an address, which is a secret.
    pub fn new(http: reqwest::Client, url: impl Into<String>) -> Self {
        Self { http, url: url.into() }
    }
}

#[async_trait]
impl Channel for SlackWebhook {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn accepts(&self, message: &Message) -> bool {
        message.is_for_people() && !message.is_quiet()
    }

    async fn send(&self, envelope: &Envelope<'_>) -> Result<Receipt, ChannelError> {
        let card = Card { buttons: Vec::new(), ..Card::of(envelope.message) };
        let body = json!({ "text": untrusted::slack(&card.title), "blocks": blocks::of_card(&card, envelope, None) });
        http::send(KIND, self.http.post(&self.url).json(&body)).await?.accepted(KIND)?;
        Ok(Receipt { id: envelope.message.id.to_string(), thread: None })
    }
}
