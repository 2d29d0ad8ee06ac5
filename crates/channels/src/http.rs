//! Requests to channels without an SDK: one timeout, one way to read answers, and no secret in an error.

use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;

use crate::ChannelError;

/// Bytes of an answer that are read.
const ANSWER: usize = 1 << 20;
/// The longest wait in seconds that a channel's `Retry-After` can cause.
const LONGEST: u64 = 3600;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
    retry_after: Option<Duration>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// An error unless the request was accepted. Throttling means that it was not; a server error leaves it open.
    pub(crate) fn accepted(self, channel: &'static str) -> Result<Self, ChannelError> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(self.error(channel, None))
    }

    /// An error with the channel's own text, or the start of its body.
    pub(crate) fn error(&self, channel: &'static str, said: Option<String>) -> ChannelError {
        let said = said.unwrap_or_else(|| self.body.chars().take(300).collect());
        let message = format!("{} {said}", self.status.as_u16());
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            let retry_after = Some(self.retry_after.unwrap_or(Duration::from_secs(30)));
            return ChannelError::Unavailable { channel, message, retry_after, maybe_sent: false };
        }
        if self.status.is_server_error() || self.status == StatusCode::REQUEST_TIMEOUT {
            return ChannelError::Unavailable { channel, message, retry_after: self.retry_after, maybe_sent: true };
        }
        ChannelError::Refused { channel, message }
    }

    /// How long the channel asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

/// Sends a request.
pub(crate) async fn send(channel: &'static str, request: RequestBuilder) -> Result<Answer, ChannelError> {
    let unavailable = |error: reqwest::Error| ChannelError::Unavailable {
        channel,
        // A request that never left cannot have arrived.
        maybe_sent: !error.is_connect() && !error.is_builder(),
        // An address may be a secret.
        message: error_chain(&error.without_url()),
        retry_after: None,
    };
    let mut response = request.send().await.map_err(unavailable)?;
    let status = response.status();
    let retry_after = response.headers().get("retry-after").and_then(|v| v.to_str().ok()).and_then(|t| t.parse().ok());
    let retry_after = retry_after.map(|seconds: u64| Duration::from_secs(seconds.min(LONGEST)));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
        body.extend_from_slice(&chunk[..chunk.len().min(ANSWER.saturating_sub(body.len()))]);
    }
    Ok(Answer { status, body: String::from_utf8_lossy(&body).into_owned(), retry_after })
}

/// An error with its causes: a timeout is named there.
fn error_chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text += &format!(": {inner}");
        cause = inner.source();
    }
    text
}
