//! Where messages go: one file a channel, all rendered from one noun, [`Message`](tollgate_model::Message).

#[cfg(feature = "event-bridge")]
mod event_bridge;
#[cfg(feature = "sns")]
mod sns;
pub mod text;

use async_trait::async_trait;
use tollgate_model::Message;

#[cfg(feature = "event-bridge")]
pub use event_bridge::EventBridge;
#[cfg(feature = "sns")]
pub use sns::Sns;

/// A port: a place where messages go.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Its name in delivery records: `sns`.
    fn name(&self) -> &'static str;

    /// Whether a message belongs here.
    fn takes(&self, message: &Message) -> bool;

    /// Sends a message and returns what the channel calls it. The caller sees to it that each is sent once; a channel that can
    /// tell doubles apart is given the message's id.
    ///
    /// # Errors
    ///
    /// When the channel refuses or does not answer.
    async fn send(&self, message: &Message) -> Result<String, ChannelError>;
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// It did not answer, and may the next time.
    #[error("{channel} did not answer: {message}")]
    Unavailable {
        /// Which channel.
        channel: &'static str,
        /// What it said last.
        message: String,
    },
    /// It refused, and will again.
    #[error(
        "{channel} refused the message: {message}\nhint: check that the destination exists and that the role may write to it"
    )]
    Refused {
        /// Which channel.
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
