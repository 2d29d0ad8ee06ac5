//! Amazon SNS: alerts as plain text, with attributes that subscriptions can filter by.
//!
//! Limits: a subject has up to 100 characters of ASCII, a message 262,144 bytes. Source: Amazon SNS API reference, `Publish`. Read
//! 2026-11-21.

use async_trait::async_trait;
use aws_sdk_sns::Client;
use aws_sdk_sns::error::DisplayErrorContext;
use aws_sdk_sns::types::MessageAttributeValue;
use aws_types::SdkConfig;
use tollgate_model::Message;

use crate::{Channel, ChannelError, text};

const NAME: &str = "sns";
/// Characters of a subject.
const SUBJECT: usize = 100;
/// Bytes of a message, less what attributes take.
const BYTES: usize = 250_000;

/// A topic.
#[derive(Clone, Debug)]
pub struct Sns {
    client: Client,
    topic: String,
}

impl Sns {
    /// The topic with an ARN.
    pub fn new(config: &SdkConfig, topic: impl Into<String>) -> Self {
        Self { client: Client::new(config), topic: topic.into() }
    }
}

#[async_trait]
impl Channel for Sns {
    fn name(&self) -> &'static str {
        NAME
    }

    fn takes(&self, message: &Message) -> bool {
        message.is_for_people()
    }

    async fn send(&self, message: &Message) -> Result<String, ChannelError> {
        let title = text::title(message);
        let mut request = self
            .client
            .publish()
            .topic_arn(&self.topic)
            .subject(subject(&title))
            .message(shortened(&format!("{title}\n\n{}", text::body(message))));
        let severity = message.severity().map(|s| s.to_string());
        let attributes =
            [("id", Some(message.id.as_str())), ("run", Some(&message.run)), ("severity", severity.as_deref())];
        for (name, value) in attributes {
            let Some(value) = value.filter(|v| !v.is_empty()) else { continue };
            let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            let value = value.map_err(|e| ChannelError::Refused { channel: NAME, message: e.to_string() })?;
            request = request.message_attributes(name, value);
        }
        let answer = request.send().await.map_err(|error| {
            let message = DisplayErrorContext(&error).to_string();
            match error.as_service_error() {
                Some(e) if !e.is_internal_error_exception() && !e.is_kms_throttling_exception() => {
                    ChannelError::Refused { channel: NAME, message }
                }
                _ => ChannelError::Unavailable { channel: NAME, message },
            }
        })?;
        Ok(answer.message_id.unwrap_or_default())
    }
}

/// A subject as SNS takes it: ASCII, no line breaks, at most 100 characters.
fn subject(title: &str) -> String {
    let clean: String = title.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' }).collect();
    if clean.len() <= SUBJECT { clean } else { format!("{}...", &clean[..SUBJECT - 3]) }
}

/// What is left out is told.
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
