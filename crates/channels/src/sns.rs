//! Amazon SNS: alerts as plain text, with attributes that subscriptions can filter by, or as the JSON that Amazon Q Developer in
//! chat applications shows.
//!
//! Limits: a subject has up to 100 characters of ASCII, a message 262,144 bytes. A FIFO topic drops duplicates by the message's id;
//! a standard topic does not. Source: Amazon SNS API reference, `Publish`; Amazon Q Developer in chat applications administrator guide,
//! "Custom notifications". Read 2026-11-21.

use async_trait::async_trait;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use aws_types::SdkConfig;
use serde::Deserialize;
use serde_json::{Value, json};
use tollgate_model::untrusted::{adaptive_card, plain as plain_text};
use tollgate_model::{Message, MessageSubject};

use crate::card::Card;
use crate::connect::{ChannelSettings, ConnectError, ConnectParts};
use crate::{Channel, ChannelError, Envelope, Receipt, aws, text};

const KIND: &str = "sns";
/// Characters of a subject.
const SUBJECT: usize = 100;
/// Bytes of a message, less what attributes take.
const BYTES: usize = 250_000;

/// The fields of its block.
#[derive(Deserialize)]
struct ChannelFields {
    topic: String,
    #[serde(default)]
    amazon_q: bool,
}

pub(crate) fn connect(settings: &ChannelSettings, parts: &ConnectParts<'_>) -> Result<Box<dyn Channel>, ConnectError> {
    let ChannelFields { topic, amazon_q } = settings.read()?;
    let aws = parts.aws.clone().map_err(ConnectError::Aws)?;
    Ok(Box::new(Sns::new(aws, topic, amazon_q)))
}

/// A topic.
#[derive(Clone, Debug)]
pub struct Sns {
    client: Client,
    topic: String,
    amazon_q: bool,
}

impl Sns {
    /// The topic with an ARN, read by people or by Amazon Q Developer.
    pub fn new(config: &SdkConfig, topic: impl Into<String>, amazon_q: bool) -> Self {
        Self { client: Client::new(config), topic: topic.into(), amazon_q }
    }
}

#[async_trait]
impl Channel for Sns {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn accepts(&self, message: &Message) -> bool {
        message.is_for_people() && !message.is_quiet()
    }

    async fn send(&self, envelope: &Envelope<'_>) -> Result<Receipt, ChannelError> {
        let message = envelope.message;
        let title = text::title(message);
        let body = if self.amazon_q { custom_notification(envelope).to_string() } else { plain(envelope) };
        let mut request =
            self.client.publish().topic_arn(&self.topic).subject(subject(&title)).message(shortened(&body));
        if self.topic.ends_with(".fifo") {
            let id = format!("{:032x}", tollgate_model::hash::bytes_hash(message.id.as_str().as_bytes()));
            let group: String = message.thread().chars().filter(char::is_ascii_graphic).take(128).collect();
            request = request.message_deduplication_id(id).message_group_id(group);
        }
        let severity = message.severity().map(|s| s.to_string());
        let attributes = [
            ("id", Some(message.id.as_str())),
            ("run", Some(message.run.as_str())),
            ("about", message.subject().map(MessageSubject::as_str)),
            ("severity", severity.as_deref()),
        ];
        for (name, value) in attributes {
            let Some(value) = value.filter(|v| !v.is_empty()) else { continue };
            let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            let value = value.map_err(|e| ChannelError::Refused { channel: KIND, message: e.to_string() })?;
            request = request.message_attributes(name, value);
        }
        let answer = request.send().await.map_err(|error| aws::channel_error(KIND, &error))?;
        Ok(Receipt { id: answer.message_id.unwrap_or_default(), thread: None })
    }
}

fn plain(envelope: &Envelope<'_>) -> String {
    let note = envelope.note.map_or(String::new(), |note| format!("{}\n\n", plain_text(note)));
    format!("{note}{}\n\n{}", text::title(envelope.message), text::body(envelope.message))
}

/// The notification for Amazon Q Developer: one conversation a thread.
pub(crate) fn custom_notification(envelope: &Envelope<'_>) -> Value {
    let message = envelope.message;
    let card = Card::of(message);
    let facts = card.facts.iter().map(|(name, value)| format!("*{name}* {}", adaptive_card(value)));
    let list = card.list.iter().take(10).map(|item| format!("• {}", adaptive_card(item)));
    let lines: Vec<String> = envelope
        .note
        .map(adaptive_card)
        .into_iter()
        .chain(Some(adaptive_card(&card.lead)).filter(|lead| !lead.is_empty()))
        .chain(facts)
        .chain(list)
        .collect();
    let steps: Vec<String> = card.links.iter().map(|(name, address)| format!("<{address}|{name}>")).collect();
    json!({
        "version": "1.0",
        "source": "custom",
        "id": message.id,
        "content": {
            "textType": "client-markdown",
            "title": text::shortened(&adaptive_card(&card.title), 250),
            "description": text::shortened(&lines.join("\n"), 8_000),
            "nextSteps": steps,
            "keywords": ["tollgate", message.subject().map_or("", MessageSubject::as_str)],
        },
        "metadata": {
            "threadId": message.thread(),
            "summary": text::shortened(&adaptive_card(&card.title), 250),
            "eventType": message.subject().map_or("", MessageSubject::as_str),
            "relatedResources": [],
        },
    })
}

/// A subject as SNS accepts it: ASCII, no line breaks, at most 100 characters.
fn subject(title: &str) -> String {
    let clean: String = title.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' }).collect();
    if clean.len() <= SUBJECT { clean } else { format!("{}...", &clean[..SUBJECT - 3]) }
}

/// A text of at most [`BYTES`]; a shortened one ends with the number of bytes left out.
fn shortened(text: &str) -> String {
    if text.len() <= BYTES {
        return text.to_owned();
    }
    let end = (0..=BYTES).rev().find(|i| text.is_char_boundary(*i)).unwrap_or_default();
    format!("{}\n({} bytes left out)", &text[..end], text.len() - end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_ascii_and_short() {
        assert_eq!(subject("é\nx"), "??x");
        assert_eq!(subject(&"x".repeat(200)).len(), 100);
        assert!(shortened(&"é".repeat(200_000)).ends_with("bytes left out)"));
    }
}
