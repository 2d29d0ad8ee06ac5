//! A webhook of your own: the message as signed JSON.
//!
//! `Tollgate-Signature: t=<seconds>,v1=<hex>` is HMAC-SHA256 over `<seconds>.<body>`; refuse requests older than five minutes.
//! `Tollgate-Id` is the message's id. A repeated message has the same, so receivers can drop duplicates.

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;
use tollgate_model::Message;

use crate::connect::{ChannelSettings, ConnectError, ConnectParts};
use crate::{Channel, ChannelError, Envelope, Receipt, http, text};

const KIND: &str = "webhook";

/// The fields of its block.
#[derive(Deserialize)]
struct ChannelFields {
    url: String,
    secret: String,
}

pub(crate) fn connect(settings: &ChannelSettings, parts: &ConnectParts<'_>) -> Result<Box<dyn Channel>, ConnectError> {
    let ChannelFields { url, secret } = settings.read()?;
    Ok(Box::new(Webhook::new(parts.http.clone(), url, secret)))
}

/// An address that takes signed JSON.
pub struct Webhook {
    http: reqwest::Client,
    url: String,
    secret: String,
}

impl Webhook {
    /// An address and the secret that requests are signed with.
    pub fn new(http: reqwest::Client, url: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { http, url: url.into(), secret: secret.into() }
    }
}

#[async_trait]
impl Channel for Webhook {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn accepts(&self, message: &Message) -> bool {
        message.is_for_people()
    }

    async fn send(&self, envelope: &Envelope<'_>) -> Result<Receipt, ChannelError> {
        let body = body(envelope).to_string();
        let second = envelope.now.as_second();
        let refused = |message: String| ChannelError::Refused { channel: KIND, message };
        let signature = sign(&self.secret, second, &body).map_err(|e| refused(e.to_string()))?;
        let request = self
            .http
            .post(&self.url)
            .header("content-type", "application/json")
            .header("tollgate-id", envelope.message.id.as_str())
            .header("tollgate-signature", format!("t={second},v1={signature}"))
            .body(body);
        http::send(KIND, request).await?.accepted(KIND)?;
        Ok(Receipt { id: envelope.message.id.to_string(), thread: None })
    }
}

/// The body: the message itself, and its text for receivers that only display it.
pub(crate) fn body(envelope: &Envelope<'_>) -> Value {
    let message = envelope.message;
    json!({
        "version": 1,
        "message": message,
        "thread": message.thread(),
        "title": text::title(message),
        "text": text::body(message),
        "note": envelope.note,
        "people": envelope.people.iter().map(|p| &p.name).collect::<Vec<_>>(),
    })
}

fn sign(secret: &str, second: i64, body: &str) -> Result<String, hmac::digest::InvalidLength> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
    mac.update(format!("{second}.{body}").as_bytes());
    Ok(tollgate_model::hash::hex(&mac.finalize().into_bytes()))
}
