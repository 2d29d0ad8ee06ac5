//! The outcome of an attempt to send: it is recorded, repeated, or passed to the fallback.

use jiff::SignedDuration;
use tollgate_channels::ChannelError;
use tollgate_ledger::{ChannelThread, Claim, Delivery, DeliveryState, LedgerError};
use tollgate_model::hash::bytes_hash;

use super::DeliveryReport;
use crate::routing::Sender;
use crate::{PipelineError, State};

/// Attempts of a delivery before it fails: with a fallback, and without.
const ATTEMPTS: (u32, u32) = (4, 10);
/// The wait after the first failed attempt in seconds. It doubles with each attempt, up to half an hour.
const FIRST_WAIT: i64 = 30;
const LONGEST_WAIT: i64 = 1800;

/// Records the outcome of an attempt: sent, to be repeated, or failed, with a delivery to the fallback where there is one.
pub(super) async fn record_outcome(
    state: &State,
    claim: &Claim,
    thread: &ChannelThread,
    result: Result<String, ChannelError>,
    senders: &[Sender],
    sent: &mut DeliveryReport,
) -> Result<(), PipelineError> {
    let now = state.clock.now();
    let delivery = claim.delivery.clone();
    let entry = |what: &str| (delivery.message.id.to_string(), delivery.channel.clone(), what.to_owned());
    let error = match result {
        Ok(receipt) => {
            sent.sent.push(entry(&receipt));
            let done = Delivery {
                state: DeliveryState::Sent { at: now, receipt },
                maybe_sent_since: None,
                error: None,
                ..delivery
            };
            return finish_claim(state, claim, &done, thread).await;
        }
        Err(error) => error,
    };
    let why = error.to_string();
    let fallback = find_fallback(state, &delivery, senders).await?;
    let most = if fallback.is_some() { ATTEMPTS.0 } else { ATTEMPTS.1 };
    if let ChannelError::Unavailable { retry_after, maybe_sent, .. } = &error
        && delivery.attempts < most
    {
        sent.waiting.push(entry(&why));
        let wait =
            wait_of(&delivery).max(SignedDuration::try_from(retry_after.unwrap_or_default()).unwrap_or_default());
        let maybe_sent_since = match maybe_sent {
            true => delivery.maybe_sent_since.or(Some(now)),
            // An earlier attempt may still have been sent.
            false => delivery.maybe_sent_since,
        };
        let later = Delivery {
            state: DeliveryState::Waiting { due: now + wait },
            maybe_sent_since,
            error: Some(why),
            ..delivery
        };
        return finish_claim(state, claim, &later, thread).await;
    }
    if let (ChannelError::Unconfigured(_), None) = (&error, &fallback) {
        // A setting is repaired by a person, at any time: no attempt counts, and none is the last.
        sent.waiting.push(entry(&why));
        let later = Delivery {
            state: DeliveryState::Waiting { due: now + SignedDuration::from_secs(LONGEST_WAIT) },
            attempts: delivery.attempts.saturating_sub(1),
            maybe_sent_since: None,
            error: Some(why),
            ..delivery
        };
        return finish_claim(state, claim, &later, thread).await;
    }
    sent.failed.push(entry(&why));
    if let Some(channel) = fallback {
        // Before the failure is recorded: a process that dies here leaves both, never neither.
        let note = format!("{} failed: {}", delivery.channel, why.lines().next().unwrap_or_default());
        let other = Delivery {
            note: Some(delivery.note.iter().cloned().chain([note]).collect::<Vec<_>>().join(" ")),
            instead_of: Some(delivery.channel.clone()),
            channel,
            attempts: 0,
            maybe_sent_since: None,
            error: None,
            planned_at: now,
            state: DeliveryState::Waiting { due: now },
            ..delivery.clone()
        };
        state.ledger.add_delivery(&other).await?;
    }
    let failed = Delivery { state: DeliveryState::Failed { at: now, why: why.clone() }, error: Some(why), ..delivery };
    finish_claim(state, claim, &failed, thread).await
}

/// The fallback of a delivery: the first channel of the chain that accepts the message and does not have it yet.
async fn find_fallback(
    state: &State,
    delivery: &Delivery,
    senders: &[Sender],
) -> Result<Option<String>, PipelineError> {
    for sender in Sender::fallbacks(senders, &delivery.channel).filter(|s| s.name != delivery.channel) {
        let has = state.ledger.delivery(delivery.message.id.as_str(), &sender.name).await?;
        if has.is_none() && sender.channel.accepts(&delivery.message) {
            return Ok(Some(sender.name.clone()));
        }
    }
    Ok(None)
}

/// The wait before the next attempt. It doubles with each attempt, and the message's name adds up to a quarter, so that deliveries that
/// failed together are not repeated together.
fn wait_of(delivery: &Delivery) -> SignedDuration {
    let doublings = delivery.attempts.saturating_sub(1).min(10);
    let seconds = (FIRST_WAIT << doublings).min(LONGEST_WAIT);
    let name = format!("{}#{}#{}", delivery.message.id, delivery.channel, delivery.attempts);
    let spread = i64::try_from(bytes_hash(name.as_bytes()) % 250).unwrap_or(0);
    SignedDuration::from_millis(seconds * (1000 + spread))
}

pub(super) async fn finish_claim(
    state: &State,
    claim: &Claim,
    delivery: &Delivery,
    thread: &ChannelThread,
) -> Result<(), PipelineError> {
    match state.ledger.finish_delivery(claim, delivery, thread).await {
        // The claim expired and another process owns the delivery: its outcome counts.
        Ok(()) | Err(LedgerError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
