//! Where messages go: one file a channel, all rendered from one noun, [`Message`], by way of one [`Card`](card::Card).

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

/// Somebody who is named in a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Their member id in Slack.
    pub slack: Option<String>,
}

/// What a channel is asked to tell.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'m> {
    /// The message.
    pub message: &'m Message,
    /// Who is named in it.
    pub people: &'m [Mention],
    /// What is said above it.
    pub note: Option<&'m str>,
    /// What this channel calls the thread that the message belongs to; `None` when nothing was told in it yet.
    pub thread: Option<&'m str>,
    /// Since when an attempt may have arrived of which nobody knows. A channel that can look, looks before it sends.
    pub maybe_sent_since: Option<Timestamp>,
    /// The current instant.
    pub now: Timestamp,
}

/// What a channel says when it took a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// What it calls the message.
    pub id: String,
    /// What it calls the thread, to be given back with the next message of it.
    pub thread: Option<String>,
}

/// A port: a place where messages go.
#[async_trait]
pub trait Channel: Send + Sync {
    /// What it is: `slack`.
    fn kind(&self) -> &'static str;

    /// Whether a message belongs here. A channel that cannot edit takes no message that only changes an earlier one.
    fn accepts(&self, message: &Message) -> bool;

    /// Tells a message, once. Later messages of a thread change what stands there or are told beneath it. A channel that can
    /// tell doubles apart is given the message's id.
    ///
    /// # Errors
    ///
    /// When the channel refuses or does not answer.
    async fn send(&self, envelope: &Envelope<'_>) -> Result<Receipt, ChannelError>;
}

/// Why a message was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// It did not take it, and may the next time.
    #[error("{channel} did not take it: {message}")]
    Unavailable {
        /// What kind of channel.
        channel: &'static str,
        /// What it said last.
        message: String,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
        /// Whether it may have taken it after all.
        maybe_sent: bool,
    },
    /// It refused, and will again.
    #[error(
        "{channel} refused it: {message}\nhint: check that the destination exists and that its token or role may write to it"
    )]
    Refused {
        /// What kind of channel.
        channel: &'static str,
        /// What it said.
        message: String,
    },
}

impl ChannelError {
    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Refused { .. } => false,
        }
    }
}
