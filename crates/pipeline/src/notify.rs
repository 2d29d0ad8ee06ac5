//! Notify: what waits in the outbox goes to its channels, each once.

use jiff::SignedDuration;
use serde::Serialize;
use tollgate_channels::Channel;
use tollgate_ledger::{Claim, Clock, Key, Ledger};
use tollgate_model::Message;

use crate::PipelineError;

/// How long a claim to send holds: longer than a channel's own timeouts and attempts together.
const LEASE: SignedDuration = SignedDuration::from_secs(120);

/// What became of a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sent {
    /// The message; `None` when it was gone already.
    pub message: Option<Message>,
    /// Channels that it was sent on now, with what they call it.
    pub now: Vec<(String, String)>,
    /// Channels that had it before.
    pub before: Vec<String>,
}

/// Sends a waiting message on every channel that takes it, and removes it when all have it. Doing it twice, also at the same
/// time, sends once: a channel that was claimed and not heard of again is tried anew after two minutes, which is the one case
/// where a message may come twice.
///
/// # Errors
///
/// When a channel fails or somebody else is at it. The message stays, and those that have it are remembered.
pub async fn deliver(
    ledger: &Ledger,
    clock: &dyn Clock,
    key: &Key,
    channels: &[Box<dyn Channel>],
) -> Result<Sent, PipelineError> {
    let Some(message) = ledger.waiting(key).await? else { return Ok(Sent::default()) };
    let mut sent = Sent::default();
    let mut failed = None;
    for channel in channels.iter().filter(|c| c.takes(&message)) {
        match ledger.claim(&message.id, channel.name(), clock.now(), LEASE).await? {
            Claim::Sent(_) => sent.before.push(channel.name().to_owned()),
            Claim::Busy => {
                let error = PipelineError::BeingSent { id: message.id.clone(), channel: channel.name().to_owned() };
                failed = failed.or(Some(error));
            }
            Claim::Granted { delivery, version } => match channel.send(&message).await {
                Ok(receipt) => {
                    ledger.delivered(&delivery, version, Some(receipt.clone()), clock.now()).await?;
                    sent.now.push((channel.name().to_owned(), receipt));
                }
                Err(error) => {
                    ledger.delivered(&delivery, version, None, clock.now()).await?;
                    failed = failed.or(Some(error.into()));
                }
            },
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    ledger.done(key).await?;
    sent.message = Some(message);
    Ok(sent)
}
