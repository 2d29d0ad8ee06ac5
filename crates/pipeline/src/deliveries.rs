//! Failed deliveries: for the status and the heartbeat, and to be sent again.

use jiff::Timestamp;
use tollgate_ledger::{Delivery, DeliveryState};
use tollgate_model::Day;

use crate::{PipelineError, State};

/// Deliveries of a month that are read, newest first.
pub(crate) const RECENT_DELIVERIES: usize = 500;

/// Whether a delivery failed permanently after an instant.
pub(crate) fn has_failed_since(delivery: &Delivery, since: Timestamp) -> bool {
    match &delivery.state {
        DeliveryState::Failed { at, .. } => *at > since,
        DeliveryState::Waiting { .. } | DeliveryState::Sent { .. } | DeliveryState::Held { .. } => false,
    }
}

/// The newest deliveries, at most `most`: those that wait, and those of this month and the last.
///
/// # Errors
///
/// When the ledger fails.
pub async fn newest_deliveries(state: &State, most: usize) -> Result<Vec<Delivery>, PipelineError> {
    let this = Day::of(state.now()).month();
    let mut all = state.ledger.waiting_deliveries().await?;
    for month in [this, this.previous()] {
        let room = most.saturating_sub(all.len());
        if room > 0 {
            all.extend(state.ledger.deliveries(&month.to_string(), room).await?);
        }
    }
    Ok(all)
}

/// Makes deliveries due again, and returns them: those of the messages whose id is `id` or starts with it, or, without an id, every
/// failed delivery of this month and the last that no fallback replaced.
///
/// # Errors
///
/// When the ledger fails, or no delivery of this id has failed or waits.
pub async fn retry_deliveries(state: &State, id: Option<&str>) -> Result<Vec<Delivery>, PipelineError> {
    let now = state.clock.now();
    let month = Day::of(now).month();
    let mut ended = state.ledger.all_deliveries(&month.previous().to_string()).await?;
    ended.extend(state.ledger.all_deliveries(&month.to_string()).await?);
    let is_sent = |delivery: &&Delivery| matches!(delivery.state, DeliveryState::Sent { .. });
    let replaced: Vec<_> =
        ended.iter().filter(is_sent).filter_map(|d| Some((d.id().0, d.instead_of.as_ref()?))).collect();
    let failed = ended.iter().filter(|d| matches!(d.state, DeliveryState::Failed { .. }));
    let wanted: Vec<Delivery> = match id {
        None => failed.filter(|d| !replaced.contains(&(d.id().0, &d.channel))).cloned().collect(),
        Some(id) => {
            let waiting = state.ledger.waiting_deliveries().await?;
            failed.chain(&waiting).filter(|d| d.id().0.starts_with(id)).cloned().collect()
        }
    };
    let mut out = Vec::new();
    for delivery in wanted {
        let (message, channel) = delivery.id();
        if state.ledger.retry_delivery(message, channel, now).await? {
            out.push(delivery);
        }
    }
    match id {
        Some(id) if out.is_empty() => Err(PipelineError::NotFound(format!(
            "no delivery of a message `{id}` has failed or waits\nhint: `tollgate deliveries` lists messages with their ids"
        ))),
        _ => Ok(out),
    }
}
