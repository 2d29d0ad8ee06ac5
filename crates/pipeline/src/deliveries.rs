//! Failed deliveries, for the status and the heartbeat.

use jiff::Timestamp;
use tollgate_ledger::{Delivery, DeliveryState};

/// Deliveries of a month that are read, newest first.
pub(crate) const RECENT_DELIVERIES: usize = 500;

/// Whether a delivery failed permanently after an instant.
pub(crate) fn has_failed_since(delivery: &Delivery, since: Timestamp) -> bool {
    match &delivery.state {
        DeliveryState::Failed { at, .. } => *at > since,
        DeliveryState::Waiting { .. } | DeliveryState::Sent { .. } | DeliveryState::Held { .. } => false,
    }
}
