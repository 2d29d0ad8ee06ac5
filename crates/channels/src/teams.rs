//! Microsoft Teams: an adaptive card to a workflow that a webhook starts.
//!
//! Limits: 28 KiB a message, four requests a second; 202 means that the workflow started. Source: Microsoft Learn, "Create incoming
//! webhooks with Workflows" and "Format cards in Teams". Read 2026-11-21.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use tollgate_model::Message;
use tollgate_model::untrusted::adaptive_card;

use crate::card::{Card, Tone};
use crate::chart::sparkline;
use crate::connect::{ChannelSettings, ConnectError, ConnectParts};
use crate::text::shortened;
use crate::{Channel, ChannelError, Envelope, Receipt, http};

const KIND: &str = "teams";
/// Bytes of a message, less what the envelope takes.
const BYTES: usize = 27 << 10;

/// The fields of its block.
#[derive(Deserialize)]
struct ChannelFields {
    url: String,
}

pub(crate) fn connect(settings: &ChannelSettings, parts: &ConnectParts<'_>) -> Result<Box<dyn Channel>, ConnectError> {
    let ChannelFields { url } = settings.read()?;
    Ok(Box::new(Teams::new(parts.http.clone(), url)))
}

/// A workflow.
pub struct Teams {
    http: reqwest::Client,
    url: String,
}

impl Teams {
    /// The workflow at an address, which is a secret.
    pub fn new(http: reqwest::Client, url: impl Into<String>) -> Self {
        Self { http, url: url.into() }
    }
}

#[async_trait]
impl Channel for Teams {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn accepts(&self, message: &Message) -> bool {
        message.is_for_people() && !message.is_quiet()
    }

    async fn send(&self, envelope: &Envelope<'_>) -> Result<Receipt, ChannelError> {
        http::send(KIND, self.http.post(&self.url).json(&body(envelope))).await?.accepted(KIND)?;
        Ok(Receipt { id: envelope.message.id.to_string(), thread: None })
    }
}

/// The request's body. Items of the list are left out, and counted, until it is small enough.
pub(crate) fn body(envelope: &Envelope<'_>) -> Value {
    let mut card = Card::of(envelope.message);
    card.list.truncate(20);
    let all = card.list.len();
    loop {
        let body = json!({
            "type": "message",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": null,
                "content": adaptive(&card, envelope, all - card.list.len()),
            }],
        });
        if body.to_string().len() <= BYTES || card.list.pop().is_none() {
            return body;
        }
    }
}

fn adaptive(card: &Card, envelope: &Envelope<'_>, left_out: usize) -> Value {
    let color = match card.tone {
        Tone::Alarm => "Attention",
        Tone::Warning => "Warning",
        Tone::Good => "Good",
        Tone::Neutral => "Default",
    };
    let block =
        |text: &str| json!({ "type": "TextBlock", "text": shortened(&adaptive_card(text), 1_000), "wrap": true });
    let mut body = Vec::new();
    body.extend(envelope.note.map(block));
    let mut title = block(&card.title);
    title["size"] = "Large".into();
    title["weight"] = "Bolder".into();
    title["color"] = color.into();
    body.push(title);
    if !envelope.people.is_empty() {
        let names: Vec<&str> = envelope.people.iter().map(|p| p.name.as_str()).collect();
        body.push(block(&format!("For {}", names.join(", "))));
    }
    if !card.lead.is_empty() {
        body.push(block(&card.lead));
    }
    let facts =
        card.facts.iter().map(|(name, value)| json!({ "title": name, "value": shortened(&adaptive_card(value), 300) }));
    body.push(json!({ "type": "FactSet", "facts": facts.collect::<Vec<_>>() }));
    if let Some(chart) = &card.chart {
        let mut line = block(&sparkline(&chart.cost_history.amounts));
        line["fontType"] = "Monospace".into();
        body.push(line);
    }
    if !card.list.is_empty() {
        body.push(block(card.list_title));
        body.extend(card.list.iter().map(|item| block(item)));
    }
    if left_out > 0 {
        body.push(block(&format!("and {left_out} more")));
    }
    let mut small = block(&card.notes.join(" · "));
    small["isSubtle"] = true.into();
    small["size"] = "Small".into();
    body.push(small);
    let links = card.links.iter().map(|(name, url)| json!({ "type": "Action.OpenUrl", "title": name, "url": url }));
    json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": links.collect::<Vec<_>>(),
    })
}
