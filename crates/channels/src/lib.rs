//! Destinations of messages: one file a channel. Each renders a [`Message`] through its [`Card`](card::Card).

#[cfg(feature = "aws")]
mod aws;
pub mod card;
pub mod chart;
pub mod chat;
mod connect;
mod console;
#[cfg(feature = "aws")]
mod email;
#[cfg(feature = "aws")]
mod event_bridge;
mod http;
mod jira;
mod pagerduty;
#[cfg(all(test, feature = "samples", feature = "aws"))]
mod rendered;
#[cfg(feature = "samples")]
pub mod samples;
pub mod slack;
mod slack_webhook;
#[cfg(feature = "aws")]
mod sns;
mod teams;
pub mod text;
mod webhook;

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tollgate_model::Message;

pub use chat::Chat;
pub use connect::{
    ChannelSettings, ConnectError, ConnectParts, Endpoints, connect, connect_chat, is_chat, verify_request,
};
pub use console::Console;
#[cfg(feature = "aws")]
pub use email::Email;
#[cfg(feature = "aws")]
pub use event_bridge::EventBridge;
pub use jira::{Jira, JiraProject};
pub use pagerduty::PagerDuty;
pub use slack::Slack;
pub use slack_webhook::SlackWebhook;
#[cfg(feature = "aws")]
pub use sns::Sns;
pub use teams::Teams;
pub use webhook::Webhook;

/// A person whom a message mentions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Their member id in Slack.
    pub slack: Option<String>,
}

/// A message to send, with its delivery's context.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'m> {
    /// The message.
    pub message: &'m Message,
    /// The people whom it mentions.
    pub people: &'m [Mention],
    /// A note above it.
    pub note: Option<&'m str>,
    /// This channel's reference of the message's thread; `None` for the first message of a thread.
    pub thread: Option<&'m str>,
    /// When an earlier attempt may have been sent without an answer. A channel that can search looks for it before it sends.
    pub maybe_sent_since: Option<Timestamp>,
    /// The current instant.
    pub now: Timestamp,
}

/// A channel's confirmation of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Its reference of the message.
    pub id: String,
    /// Its reference of the thread, which the next message of the thread carries.
    pub thread: Option<String>,
}

/// A port: a destination of messages.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Its type: `slack`.
    fn kind(&self) -> &'static str;

    /// Whether it accepts a message. A channel that cannot edit accepts no message that only changes an earlier one.
    fn accepts(&self, message: &Message) -> bool;

    /// Sends a message once. Later messages of a thread edit the first or are posted beneath it. A channel that drops duplicates gets
    /// the message's id.
    ///
    /// # Errors
    ///
    /// When the channel refuses or does not answer.
    async fn send(&self, envelope: &Envelope<'_>) -> Result<Receipt, ChannelError>;
}

/// Why a message was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// It did not accept the message, and may accept it later.
    #[error("{channel} did not accept the message: {message}")]
    Unavailable {
        /// The channel's type.
        channel: &'static str,
        /// Its answer, or the error of the connection.
        message: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
        /// Whether the message may have been sent all the same.
        maybe_sent: bool,
    },
    /// It refused the message, and will refuse it again.
    #[error(
        "{channel} refused the message: {message}\nhint: check that the destination exists and that its token or role may write to it; \
         then `tollgate deliveries retry --failed` sends it"
    )]
    Refused {
        /// The channel's type.
        channel: &'static str,
        /// Its answer.
        message: String,
    },
    /// Tollgate lacks something that the channel needs, such as a secret. Nothing was sent.
    #[error("{0}")]
    Unconfigured(String),
}

impl ChannelError {
    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Unconfigured(_) => true,
            Self::Refused { .. } => false,
        }
    }
}
